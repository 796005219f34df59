// Package guard joins a pipeline with the one that puts its lines aside: [Guard] is the
// failover of an output at work. What a failover is, package failover says; when a
// stream is put aside its states decide, and they are moved here.
package guard
