// Package bucket is an object store that keeps nothing: it takes what is put,
// compares checksums, and counts.
//
// The type to know: [Bucket].
package bucket
