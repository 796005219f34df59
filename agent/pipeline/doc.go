// Package pipeline ships: it takes bytes of the streams that inputs have woken, hands
// them to an output, and records what was acknowledged.
//
// # The types
//
//   - [Pipeline] is one output with its shards and lanes. Whoever makes it starts and
//     halts it, and closes it last.
//
//   - [Route] is one input → one output. It has its own watermark in every
//     generation, as a Kafka consumer group has in every partition. It is what an
//     input wakes.
//
//   - a feed is one stream of a route, on its way to one shard.
//
//   - a shard is the output's unit of order. Feeds with bytes to read queue at their
//     shard. The shard owns the receipt of a batch of unknown fate, and the patience:
//     how long to wait before the next attempt.
//
//   - a lane is a worker: it leases the shard that has waited longest, reads a batch
//     from its feeds, writes it, commits what was acknowledged, and gives the shard
//     back. Where the output carries several shards in one request, those that are
//     ready go along, each with its own turn and fate.
//
// # The way of a batch
//
// Route.Wake puts a feed into its shard's queue (wake.go, place.go). Pipeline.lease
// gives the shard to a lane, lane.load reads its batch into a turn (lane.go, turn.go),
// lane.write has the output try it, lane.settle does what its fate calls for and
// commits (settle.go), Pipeline.giveBack lets the shard go.
//
// # Invariants
//
//   - I1 the checkpoint never runs ahead of what was acknowledged: Cursor.Commit
//     is called by lane.note, for acknowledged segments, and by lane.bury, for
//     records that are durable in quarantine, and by nobody else.
//   - I5 one batch in flight a shard: a leased shard is in no queue. A stream
//     belongs to one shard, so it has at most one segment sent and not acked. It
//     changes shard only when it has none and was idle for long, or begins a
//     generation (move.go).
//   - Nothing is sent to another cluster than the one that has acknowledged what
//     the route's offsets say: pipeline.admit, asked when a stream queues and
//     again when it is read, and Batch.Cluster for what changes after that. The
//     route is then held until a person has decided. A route without a cluster
//     takes the one that first acknowledges its lines.
//   - I6 memory: payload is held only in the lanes' buffers, whose number and
//     size whoever makes the pipeline takes from the budget. A shard that waits holds
//     a receipt at most.
//
// # What a crash leaves
//
// A crash before Cursor.Commit's progress is written repeats the batch: at most
// one a shard. A crash after it repeats nothing. There is no moment at which a
// watermark is written whose bytes are not acknowledged.
//
// # Failover
//
// A route whose output has a failover is followed by a second one of the same input,
// without offsets of its own, which puts lines aside by another pipeline (package
// failover). divert.go has all that a pipeline does for it, on either side.
//
// # Limits
//
// While a batch is in flight nothing more of its shard is read: other shards use
// the wait. Of a full batch of 185 byte lines reading takes 0.08 ms and encoding
// 0.05, lz4 0.9 and zstd 1.8. To do that for the next batch during a wait of 5 ms
// would save no CPU, and would raise the rate of a file that is alone with its
// backlog by 1.5 % for reading, by 2.5 % with encoding, and by 17 % and 35 % with
// lz4 and zstd; the price is a second buffer and encoder for each lane, and
// a second position for each cursor.
//
// # Reads that hang
//
// A read that has not returned for 0.4 to 0.8 s, of a file system whose server is
// gone, is overdue: its lane loses all that it has in hand but that stream, and is
// replaced (hang.go). While half of the lanes' reads of a device are overdue no more
// are begun there; several lanes may have begun theirs before. What hangs costs a
// lane's buffer each, beside those of I6, and at most as many as there are lanes;
// beyond that it is a lane less. A batch under receipt that can't be read again holds
// its shard: nothing else may be sent there. A stop waits for the reads, too.
//
// # Locks
//
// Pipeline.mu guards queues and what is shown of them. It is never held while a
// file is read, an output written or the checkpoint committed, and nothing under
// it calls an input. The output's Shard is asked under it, which does not block. Of
// two pipelines never both are held.
package pipeline
