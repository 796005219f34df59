// Package queue has the streams of one output wait, each for its turn at the shard that
// it goes to: who is next, when, and who must wait for what. It reads and sends nothing.
//
// # The types
//
//   - [Queue] is one output's. Inputs wake its streams; lanes lease its shards, one at
//     a time or several that go in one request, and give them back with what they have
//     learned.
//
//   - [Feed] is one stream of a route, on its way to one shard.
//
//   - [Shard] is the output's unit of order. Feeds with bytes to read queue at it. It
//     owns the receipt of a batch of unknown fate, and how its batches are cut.
//
//   - [Outcome] is what a lane has learned of a feed, when it gives the shard back.
//
// # The way of a feed
//
//	Wake ─ placed, or parked until the output can tell its shard (place.go)
//	     ─ queued at its shard, which becomes ready: at once, after the linger, or when
//	       its last failure is forgiven
//	Lease ─ the shard is leased ─ Take ─ the feed is in flight
//	GiveBack ─ idle, queued again, parked, or moved to another shard (move.go);
//	       or it stays in flight, its bytes being under the shard's receipt
//
// # Invariants
//
//   - I5 one batch in flight a shard: a leased shard is in no heap and is leased by
//     nobody else. A stream belongs to one shard, so it has at most one segment sent
//     and not acked. It changes shard only when it has none and was idle for long, or
//     begins a generation (move.go).
//   - A shard whose last attempt was not acknowledged is leased alone.
//   - Nothing is sent to another cluster than the one that has acknowledged what
//     the route's offsets say: Admit, asked when a stream queues and by lanes when
//     it is read. The route is then held until a person has decided. A route without
//     a cluster takes the one that first acknowledges its lines.
//   - A feed without bytes to read costs an entry in a map, and nothing else.
//
// # Locks
//
// Queue.mu guards queues and what is shown of them; the fields of a feed and of a shard
// that it does not guard belong to the lane that has them in hand, and to the queue
// while none has. It is never held while a file is read, an output written or the
// checkpoint committed, and nothing under it calls an input. The output's Shard, Peer,
// Ready and Identity are asked under it, which do not block. Of two queues never both
// are held.
package queue
