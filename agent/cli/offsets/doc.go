// Package offsets has the verb checkpoint: it shows the stored offsets, copies them,
// and changes them by hand.
package offsets
