// Package store runs a real object store for tests: versitygw, which speaks S3 and
// keeps objects as files, and a [Proxy] in front of it that does what networks and
// stores do.
//
// Start builds the server if the cache does not have it, which takes two minutes,
// once. Its module is testing/tools/versitygw, so that what it needs is no
// requirement of shipper.
package store
