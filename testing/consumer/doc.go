// Package consumer is a sample: how a program that reads what shipper delivers
// takes every line once, although it may be there twice.
//
// Every record has the header `id`, 16 bytes that are the same however often the
// line is sent: the log file's generation and the line's offset in it. A consumer
// that remembers the ids it has seen drops what it has seen before. It need not
// remember them all: a line that is sent again follows soon. After a crash of the
// agent that is at most a batch of each partition, after a power failure also what
// was acknowledged in the last 100 ms. [Window] remembers the newest ids, of all
// partitions together, because a log whose topic has grown may be repeated in
// another one.
//
// What a consumer does with a line and what it remembers must not come apart when
// it crashes itself. [Consumer] commits its offsets only after the lines were
// handled, and reads as many records back as its window holds when it starts, to
// know them again. So a line is handled twice only if the consumer itself crashed
// between handling and commit. Who can't bear that stores the ids together with
// the result, in one transaction: an id is a good primary key.
//
// Records without an id (record_id = false, or written by others) are all handed
// on. Order is that of the partition.
package consumer
