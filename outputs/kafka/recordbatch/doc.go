// Package recordbatch encodes Kafka record batches (magic 2), straight from
// the segments of an [outputs.Batch] into one buffer that is used again and
// again. The batches of one request share it.
//
// The types to know: [Encoder], which does it all; [Options], what is the same
// for every batch of an output; [Producer], the numbers by which a broker
// recognises a repeat.
//
// # A record
//
// A record's key is its stream's key. Its headers are, in this order:
//
//   - "id": 16 bytes, the generation's id and the offset in the generation of
//     the record's first byte, both big endian (unless Options.RecordID is off)
//   - the headers of the generation
//   - "late" = "1" if the segment is late
//   - "split" = "first", "middle" or "last" for the pieces of an over-long line
//   - "partial" = "1" for a last line that has no newline
//
// Its value is the line without its newline, or in format JSON an object; see
// json.go.
//
// # Speed
//
// Everything that the records of a segment share (key, headers, timestamp) is
// encoded once a segment, as a [template]. Per line there remain three lengths,
// the copy of the line, the copy of the template's tail and eight bytes of
// offset. No allocation, string, or interface call happens per line. Plain
// lines in format Raw take lines.go; whatever else there is takes the shorter
// and slower records.go. The checksum is computed last, over bytes that are
// still in the processor's cache.
//
// # Invariants
//
//   - The same batch and producer give the same records and the same count,
//     whatever was encoded before: a repeat is a repeat.
//   - Batches carry CreateTime; their base timestamp is the first record's.
//   - The encoder doesn't keep the batch or any byte of it.
//
// # Limits
//
// A record carries some 30 bytes beside its line. Batches are cut by the bytes
// of the file, so one of nothing but newlines is encoded to some thirty times
// its size, and it is for the caller to bound the number of lines. Memory that
// such a batch took is given back by the next ordinary one.
//
// An encoder that has seen batches of 512 KiB of lines of 185 bytes holds
// 0.6 MiB without compression, 1.3 with snappy, 1.4 with lz4 and 2.8 with zstd;
// some 0.5 MiB more in format JSON. [Options.Memory] is the bound, for short
// lines.
package recordbatch
