// Package poison finds the records that an output will never take, and remembers each
// until it is the next one to be read.
//
//   - [Cut] is how the batches of a shard are to be cut. It learns from what the output
//     refuses: a batch is halved until the record is found that is too large or invalid,
//     and later batches grow again.
//   - [Record] is such a record: how far it is from the watermark, and how it is
//     recognised. What precedes it is delivered first; then it comes alone, and goes
//     to quarantine. A Record is forgotten if other bytes stand in its place: the
//     file was truncated meanwhile.
package poison
