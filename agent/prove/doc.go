// Package prove compares what an output holds with files, as somebody asked for it:
// it finds the files, the inputs whose settings count and where they went, reads the
// topics back, and has package verify compare.
//
// It changes nothing, and reads the agent's state without its lock: beside a running
// agent the last moments may be missing from it, which matters only for the ids of
// files that were first read in these moments, and they are computed the same.
package prove
