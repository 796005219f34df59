package logfile

import (
	"errors"
	"slices"
	"time"

	"shipper/inputs/logfile/packed"
)

const (
	// maxDecoders is how many compressed files are decoded at a time by all
	// inputs together: a decoder's window may be 8 MiB.
	maxDecoders = 2
	// decoderIdle is for how long a decoder must not have been used before
	// another file gets it: to begin anew is dear.
	decoderIdle = 10 * time.Second
)

var errNoDecoder = errors.New("the decoders for compressed files are busy with others")

// decoder is a compressed file that is read by one route, or examined. It keeps
// a use of the file's descriptor until it is closed.
type decoder struct {
	*packed.File
	of     *file
	route  int // -1 for an examination
	handle *handle
	busy   bool
	doomed bool // to be closed when it is given back
	used   time.Time
}

// lend lends the route's decoder of a file, making one if there is room.
func (d *Descriptors) lend(f *file, route int, h *handle, now time.Time) (*decoder, error) {
	d.mu.Lock()
	var old []*decoder
	d.decoders = slices.DeleteFunc(d.decoders, func(x *decoder) bool {
		mine := x.of == f && x.route == route && x.handle == h && !x.doomed
		if x.busy || mine || (x.of != f || x.route != route) && now.Sub(x.used) < decoderIdle {
			return false
		}
		old = append(old, x)
		return true
	})
	var x *decoder
	for _, y := range d.decoders {
		if y.of == f && y.route == route && !y.busy {
			x = y
		}
	}
	if x == nil && len(d.decoders) < maxDecoders {
		h.uses++ // the caller has one, so it is open
		x = &decoder{File: packed.NewFile(h.File, f.format), of: f, route: route, handle: h}
		d.decoders = append(d.decoders, x)
	}
	if x != nil {
		x.busy = true
	}
	d.mu.Unlock()
	for _, y := range old {
		d.end(y)
	}
	if x == nil {
		return nil, errNoDecoder
	}
	return x, nil
}

// giveBack ends the loan; done says that the file needs no decoder any more.
func (d *Descriptors) giveBack(x *decoder, done bool, now time.Time) {
	d.mu.Lock()
	x.busy, x.used = false, now
	done = done || x.doomed
	if done {
		d.decoders = slices.DeleteFunc(d.decoders, func(y *decoder) bool { return y == x })
	}
	d.mu.Unlock()
	if done {
		d.end(x)
	}
}

// end frees a decoder that is in the list no more.
func (d *Descriptors) end(x *decoder) {
	x.Free()
	d.release(x.handle)
}

// endDecoders gives up all decoders of a file.
func (d *Descriptors) endDecoders(f *file) {
	d.mu.Lock()
	var old []*decoder
	d.decoders = slices.DeleteFunc(d.decoders, func(x *decoder) bool {
		if x.of != f {
			return false
		}
		x.doomed = true
		if !x.busy {
			old = append(old, x)
		}
		return !x.busy
	})
	d.mu.Unlock()
	for _, x := range old {
		d.end(x)
	}
}
