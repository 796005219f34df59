// Package kafka is the output `kafka`: it puts batches into partitions of
// topics, exactly the records it is given, and says of each batch what is
// known of it.
//
// The types to know:
//
//   - [Output]: what the agent sees. [Open] starts it; it needs no live cluster.
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
// # Which cluster
//
// An address may come to lead to another cluster. Whoever connects to a broker
// asks it for its cluster's id first, and a batch that says where it belongs
// (Batch.Cluster) is sent on no connection to another. Brokers that tell no id
// are believed.
//
// # The rooms below
//
// cluster knows topics and leaders, broker lends connections, wire speaks the
// protocol on them, recordbatch encodes, codes says what a broker's answer
// means and rejection whom it names. None of them knows of sequence numbers;
// only this package does.
package kafka
