// Package workload writes log files of which every line can be accounted for,
// and rotates them as applications do.
//
// The types to know:
//
//   - [Writer]: one application with one log file. It appends with write(2) to
//     a file opened with O_APPEND and renames the file when it is due.
//   - [Line]: what is stamped on every line: source, generation, sequence
//     number and a CRC32C over all of it.
//   - [Journal]: what write(2) has returned for. Only whole lines are counted;
//     a line of which write(2) took a part is not promised to anybody.
//
// Sequence numbers count from 0 within a source and have no gaps, so that a
// journal is a single number, and package oracle needs one bit a line.
// Everything random comes from the seed: the same Config writes the same lines,
// in the same pieces, except where time decides (RotateEvery).
//
// A Writer belongs to one goroutine, but for Progress. A source must be unique
// among all writers whose lines meet in one topic.
package workload
