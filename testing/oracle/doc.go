// Package oracle tells whether the lines that package workload wrote have
// arrived: all of them, whole, in order, and how often.
//
// The types to know:
//
//   - [Checker]: is told the journals and then every record that was found,
//     partition by partition in order of offset.
//   - [Result]: what follows from it, with examples.
//   - [Reader]: reads a Kafka topic from its first offset to its present end.
//
// What counts as what:
//
//   - lost: written and not there. A line that arrived torn is lost, too.
//   - duplicated: records beyond the first of a line.
//   - reordered: the first record of a line, if a later line of its source was
//     in the same partition before it. Records with the header `late` are
//     excused and counted as late instead.
//   - torn: a stamped line whose CRC is wrong. Foreign: anything else.
//   - bad ids: records of one line with different headers `id`, or records of
//     different lines with the same one.
//
// Order between partitions can't be told and is not judged; Result says how
// many partitions each source was found in.
//
// Memory: a bit for each line, and 8 bytes more where records carry ids.
package oracle
