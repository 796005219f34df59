// Package kafka is the output `kafka`: it puts batches into partitions of
// topics, exactly the records it is given, and says of each batch what is
// known of it.
//
// The types to know:
//
//   - [Output]: what the agent sees. [Open] starts it; it needs no live cluster.
//   - cluster: what is known of brokers, topics and leaders. One goroutine asks,
//     everybody else reads an immutable view.
//   - broker: the connections to one broker, and whether it is held back.
//   - shard: one topic-partition with a producer id of its own. It decides what
//     an answer means, and is the only place that does.
//
// # Numbers
//
// A broker recognises a repeated batch by producer id, epoch, first sequence
// and count, and by nothing else. Two rules follow, and shard.go holds them:
//
//   - Sequence numbers of a batch whose fate is unresolved are used again only
//     for exactly the same records (Batch.Repeat).
//   - Whenever such a batch is given up, the epoch is raised before anything
//     else is sent. This also fences the old request, should it still be under
//     way. A new producer id is taken when the epoch is used up or refused.
//
// A batch counts as refused only if no byte of its request reached a socket or
// the broker answered with a code that it gives only before it appends
// (package codes). Everything else that is not an acknowledgement is
// unresolved.
//
// # What is sarama's and what is not
//
// sarama asks for metadata and topic configuration, on connections that live
// for one exchange. Its Client is not used: it opens connections as a side
// effect of looking up leaders, sleeps while it retries, and forgets brokers
// that failed; the view here must be readable without blocking. Records travel
// on connections of package wire, which says why.
//
// # Limits
//
//   - Topics are never created on the side; a topic that is missing is waited for.
//   - Topics once asked for are asked for again as long as the output lives.
//   - A broker that answers its prober but hangs on every produce request costs
//     one attempt each time the prober succeeds.
package kafka
