package descriptors

import (
	"sync"

	"shipper/inputs/logfile/vfs"
)

// Budget is a budget of open files. Some of it is kept for opening others:
// files are kept open only up to limit minus that.
type Budget struct {
	mu    sync.Mutex
	limit int
	keep  int
	open  int
	idle  [classes]queue // handles that nobody uses

	decoders []*Decoder // of compressed files, at most MaxDecoders
}

// Class is how willingly a descriptor is given up.
type Class uint8

// The classes, in the order in which descriptors are given up.
const (
	Finished Class = iota // read to the end: closed first
	Named                 // unread, but it can be opened again by name
	Pinned                // unread and without a name: never closed
	classes
)

// Handle is an open descriptor. Its fields are guarded by Budget.mu.
type Handle struct {
	vfs.File
	class  Class
	uses   int
	closed bool // given up; closed when uses is 0
	queued bool // in idle
	// neighbours in idle
	before, after *Handle
}

// NewHandle is a handle of a file that was opened out of what Take reserved, in
// use by the caller.
func NewHandle(f vfs.File) *Handle { return &Handle{File: f, uses: 1} }

// queue is a list of handles, least recently used first. The links are in the
// handles, since each read takes one out and puts it back.
type queue struct{ first, last *Handle }

func (q *queue) push(h *Handle) {
	h.queued, h.before, h.after = true, q.last, nil
	if q.last == nil {
		q.first = h
	} else {
		q.last.after = h
	}
	q.last = h
}

func (q *queue) remove(h *Handle) {
	if h.before == nil {
		q.first = h.after
	} else {
		h.before.after = h.after
	}
	if h.after == nil {
		q.last = h.before
	} else {
		h.after.before = h.before
	}
	h.queued, h.before, h.after = false, nil, nil
}

// New makes a budget of limit open files.
func New(limit int) *Budget {
	limit = max(limit, 4)
	return &Budget{limit: limit, keep: limit - min(32, limit/4)}
}

// Take reserves one descriptor, closing another if need be. A caller that only
// wants to be early (not to read now) gets none that would cost an unread file
// its descriptor.
func (d *Budget) Take(early bool) bool {
	d.mu.Lock()
	if d.open < d.keep {
		d.open++
		d.mu.Unlock()
		return true
	}
	victim := d.idle[Finished].first
	if victim == nil && !early {
		victim = d.idle[Named].first
	}
	if victim != nil { // its place in the count goes to the caller
		d.idle[victim.class].remove(victim)
		victim.closed = true
		d.mu.Unlock()
		_ = victim.Close() // read only: nothing to lose
		return true
	}
	ok := !early && d.open < d.limit
	if ok {
		d.open++
	}
	d.mu.Unlock()
	return ok
}

// Untake gives back what Take reserved and was not used.
func (d *Budget) Untake() {
	d.mu.Lock()
	d.open--
	d.mu.Unlock()
}

// Use begins to use a handle; false means that it was given up.
func (d *Budget) Use(h *Handle) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if h.closed {
		return false
	}
	if h.queued {
		d.idle[h.class].remove(h)
	}
	h.uses++
	return true
}

// Release ends a use.
func (d *Budget) Release(h *Handle) {
	d.mu.Lock()
	h.uses--
	if h.uses == 0 && !h.closed {
		if d.open > d.keep && h.class != Pinned {
			h.closed = true // it was opened out of the reserve
		} else {
			d.idle[h.class].push(h)
		}
	}
	done := h.uses == 0 && h.closed
	if done {
		d.open--
	}
	d.mu.Unlock()
	if done {
		_ = h.Close() // read only: nothing to lose
	}
}

// Drop gives a handle up; it is closed as soon as nobody uses it.
func (d *Budget) Drop(h *Handle) {
	d.mu.Lock()
	if h.closed {
		d.mu.Unlock()
		return
	}
	h.closed = true
	if h.queued {
		d.idle[h.class].remove(h)
	}
	done := h.uses == 0
	if done {
		d.open--
	}
	d.mu.Unlock()
	if done {
		_ = h.Close() // read only: nothing to lose
	}
}

// SetClass says how willingly the handle is given up.
func (d *Budget) SetClass(h *Handle, c Class) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if h.queued && h.class != c {
		d.idle[h.class].remove(h)
		d.idle[c].push(h)
	}
	h.class = c
}

// IsOpen tells whether the handle was not given up.
func (d *Budget) IsOpen(h *Handle) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return !h.closed
}

// Usage tells how many descriptors are open and how many there may be.
func (d *Budget) Usage() (open, limit int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.open, d.limit
}
