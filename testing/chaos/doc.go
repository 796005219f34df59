// Package chaos holds the tests that do to the shipped program what happens to
// log shippers: rotation in every way and at every moment, storms of rotation,
// SIGKILL at any system call, a file system that hangs, and the end of descriptors,
// watches and memory.
//
// Every test runs the shipped binary on real files against a broker in the
// test's process (package discard), which checks what Kafka checks. It hands all
// records to the oracle and keeps none, so that no amount of data is too much,
// and it is slowed down, taken away and brought back at will.
//
// A test of loss first asserts that enough happened: a fault counts only if
// bytes were waiting at that moment, by the files' sizes and the checkpoint.
//
// `make chaos` runs a bounded share of each, `make torture` all of it. The seed
// is printed and settable:
//
//	SHIPPER_CHAOS_SEED=n   repeats a run
//	SHIPPER_TORTURE=1      the full size
//	SHIPPER_CHAOS_BINARY   the program to test, built by the test if not set
//
// TestFileSystemHangs needs root and /dev/fuse.
//
// Known limits: the broker answers one request per connection at a time, and
// its outages are those of a network, not of a disk.
package chaos
