// Package outputs is the vocabulary of delivery: what the agent hands to an
// output and what it is told back.
//
// The types to know:
//
//   - [Output]: a destination. It makes single, bounded attempts; patience,
//     order and memory of what was delivered belong to the agent.
//   - [Shard]: an output's unit of order and of failure; in Kafka a partition.
//     At most one batch of a shard is under way at any time.
//   - [Batch]: segments on their way to one shard, at most one a stream.
//   - [Fate]: what became of a batch. It belongs to the batch's [Receipt], not
//     to the attempt: a batch whose answer was lost stays unresolved until the
//     same records are acknowledged or the receipt is given up.
//
// # The receipt
//
// An output such as Kafka recognises a repeated batch by numbers and not by
// content. If those numbers were used again for other records, the output would
// take the new records for the old ones and drop them silently. So after an
// unresolved fate the agent keeps a receipt (file ranges and checksums, no
// payload), reads exactly these bytes again and hands them over with
// Batch.Repeat set. A batch without Repeat tells the output that whatever
// receipt the shard still had open is given up, and that its numbers must never
// be used again.
package outputs
