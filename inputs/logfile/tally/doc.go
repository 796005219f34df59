// Package tally counts what a route has acknowledged of a generation: bytes,
// records, a checksum, and where the output put them. It is what is said of a
// generation when it is complete.
//
// A [Tally] is kept beside each position and stored with it, so that it is exact
// through restarts: what is sent again after a crash was not counted before. Where
// an earlier process did not count, or begun was behind the start, it says from
// where it counts. Adding to it costs a few instructions a batch, and where a
// checksum is asked for, about 0.05 ns a byte.
package tally
