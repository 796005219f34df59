// Package reader reads topics back, as they were when it was asked.
//
//   - [Reader]: where to read. Read goes through all partitions of a topic, one
//     after the other, and hands every committed record over.
//
// A goroutine fetches while the caller decompresses and looks at records, batch by
// batch; batches lie in a few buffers that are used again and again, so that memory
// does not grow with the topic. Nothing is allocated for a record.
//
// # What is left out
//
// Records of aborted transactions, transaction markers, and what was written after
// Read was called. A partition whose first records were deleted by retention is read
// from what is left; Read says how many positions are missing.
package reader
