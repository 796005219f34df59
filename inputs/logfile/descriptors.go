package logfile

import (
	"sync"

	"shipper/inputs/logfile/vfs"
)

// Descriptors is a budget of open files. Some of it is kept for opening others:
// files are kept open only up to limit minus that.
type Descriptors struct {
	mu    sync.Mutex
	limit int
	keep  int
	open  int
	idle  [classes]queue // handles that nobody uses

	decoders []*decoder // of compressed files, at most maxDecoders
}

// class is how willingly a descriptor is given up.
type class uint8

const (
	finished class = iota // read to the end: closed first
	named                 // unread, but it can be opened again by name
	pinned                // unread and without a name: never closed
	classes
)

// handle is an open descriptor. Its fields are guarded by Descriptors.mu.
type handle struct {
	vfs.File
	class  class
	uses   int
	closed bool // given up; closed when uses is 0
	queued bool // in idle
	// neighbours in idle
	before, after *handle
}

// queue is a list of handles, least recently used first. The links are in the
// handles, since each read takes one out and puts it back.
type queue struct{ first, last *handle }

func (q *queue) push(h *handle) {
	h.queued, h.before, h.after = true, q.last, nil
	if q.last == nil {
		q.first = h
	} else {
		q.last.after = h
	}
	q.last = h
}

func (q *queue) remove(h *handle) {
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

// NewDescriptors makes a budget of limit open files.
func NewDescriptors(limit int) *Descriptors {
	limit = max(limit, 4)
	return &Descriptors{limit: limit, keep: limit - min(32, limit/4)}
}

// take reserves one descriptor, closing another if need be. A caller that only
// wants to be early (not to read now) gets none that would cost an unread file
// its descriptor.
func (d *Descriptors) take(early bool) bool {
	d.mu.Lock()
	if d.open < d.keep {
		d.open++
		d.mu.Unlock()
		return true
	}
	victim := d.idle[finished].first
	if victim == nil && !early {
		victim = d.idle[named].first
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

// untake gives back what take reserved and was not used.
func (d *Descriptors) untake() {
	d.mu.Lock()
	d.open--
	d.mu.Unlock()
}

// use begins to use a handle; false means that it was given up.
func (d *Descriptors) use(h *handle) bool {
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

// release ends a use.
func (d *Descriptors) release(h *handle) {
	d.mu.Lock()
	h.uses--
	if h.uses == 0 && !h.closed {
		if d.open > d.keep && h.class != pinned {
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

// drop gives a handle up; it is closed as soon as nobody uses it.
func (d *Descriptors) drop(h *handle) {
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

// setClass says how willingly the handle is given up.
func (d *Descriptors) setClass(h *handle, c class) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if h.queued && h.class != c {
		d.idle[h.class].remove(h)
		d.idle[c].push(h)
	}
	h.class = c
}

func (d *Descriptors) isOpen(h *handle) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return !h.closed
}

// Usage tells how many descriptors are open and how many there may be.
func (d *Descriptors) Usage() (open, limit int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.open, d.limit
}
