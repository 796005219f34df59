// Package inputs is the vocabulary of reading: what every input hands to the
// agent and what every output is handed by it.
//
// The four types to know:
//
//   - [Stream]: one log, that is the ordered generations of one file name and
//     its rotated siblings. Order is promised within a stream and nowhere else.
//   - [Generation]: one inode's life as a log file, from creation or truncation
//     to deletion. Offsets count within a generation.
//   - [Segment]: a contiguous run of whole records of one generation.
//   - [Record]: what becomes one message at the output.
//
// The package holds data only. It imports nothing of this project, so that
// types point upstream and outputs know nothing of files.
package inputs
