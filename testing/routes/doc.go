// Package routes tests outputs side by side, and the archive: that one which is dead
// costs the others nothing, and that a bucket gets as many objects as it should, from
// few logs and from many, within the memory that the agent may have.
//
// Figures are asserted generously here; `make bench` has them.
package routes
