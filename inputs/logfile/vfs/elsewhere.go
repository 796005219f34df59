package vfs

import "errors"

// ErrNotAwaited is returned by a File of Elsewhere for bytes that are not here yet, when
// it is not to be waited for them any more.
var ErrNotAwaited = errors.New("what is put aside is not here yet, and somebody could not wait for it")

// Elsewhere knows of bytes that were put somewhere else while their file was
// there, so that they can be read when it is gone. Span, Holds and Open are called
// under locks; none may block or call the Input.
type Elsewhere interface {
	// Span returns what a route can read of a generation from offset on: the
	// first offset, not before the given one, and the end. ok is false if there
	// is nothing.
	Span(route int, generation uint64, offset int64) (start, end int64, ok bool)
	// Holds tells whether all that a route can read of a generation from start to
	// end is there for good.
	Holds(route int, generation uint64, start, end int64) bool
	// Reach returns up to where such a file can be read from offset on without
	// waiting: for ever, where it holds nothing. If it can't, that is 0, and ready is
	// called, from another goroutine, when it can or is to be found out why not.
	Reach(route int, generation uint64, offset int64, ready func()) (end int64)
	// Open returns a file that holds these bytes at their offsets, and nothing
	// before the first. Reading it blocks as long as it takes, or until the channel is
	// closed; nil never is.
	Open(route int, generation uint64, until <-chan struct{}) File
}
