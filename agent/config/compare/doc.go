// Package compare tells whether two blocks of configurations mean the same, so that
// a reload leaves alone what has not changed.
package compare
