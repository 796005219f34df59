// Package packed reads compressed files as if they were not: by offsets of their
// uncompressed bytes.
//
// The types to know:
//
//   - [Format]: how a file is compressed, as its name says.
//   - [File]: a compressed file that reads like a plain one, by one decoder that
//     goes forward.
//   - [Examine]: decodes a file once to its end mark and tells its true size. A
//     file that does not decode so far is not to be read: it is damaged, or
//     still being written.
//
// # Invariants
//
//   - Memory is bounded: a decoder's window is at most 8 MiB (larger ones are
//     refused with [ErrWindow]), and a File keeps the last MiB that it decoded.
//   - Bytes are handed out only as the decoder made them; checksums are checked
//     where the format has them, at the end of each member, which is why Examine
//     comes first.
//
// # Limits
//
//   - Reading what lies before the MiB that is kept decodes anew from the start.
//   - A stream of several members that is cut exactly between two of them looks
//     complete.
//   - xz and lz4 are not read.
package packed
