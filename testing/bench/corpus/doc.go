// Package corpus makes the log file that the benchmarks ship: lines as web
// servers write them, the same for the same seed.
//
// Benchmarks of compression stand and fall with what is compressed. The lines
// are of 185 bytes on average (newline included) with a spread, and mix what
// repeats (user agents, routes, referrers) with what does not (addresses,
// sizes, times, request ids) so that LZ4 finds between 3 and 5 bytes to one and
// zstd between 5 and 8, as real access logs give. [Measure] tells; a test holds
// it.
package corpus
