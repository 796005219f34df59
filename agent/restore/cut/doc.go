// Package cut chooses records of a segment that was read from an object, and cuts
// batches out of it. It reads and sends nothing.
package cut
