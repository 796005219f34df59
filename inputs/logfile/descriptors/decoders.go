package descriptors

import (
	"errors"
	"slices"
	"time"

	"shipper/inputs/logfile/packed"
)

const (
	// MaxDecoders is how many compressed files are decoded at a time by all
	// inputs together: a decoder's window may be 8 MiB.
	MaxDecoders = 2
	// decoderIdle is for how long a decoder must not have been used before
	// another file gets it: to begin anew is dear.
	decoderIdle = 10 * time.Second
)

// ErrNoDecoder is returned when as many compressed files as may be are being
// decoded; to ask again in a second is soon enough.
var ErrNoDecoder = errors.New("the decoders for compressed files are busy with others")

// Decoder is a compressed file that is read by one route, or examined. It keeps
// a use of the file's descriptor until it is closed.
type Decoder struct {
	*packed.File
	of     any // whose file, compared only
	route  int // -1 for an examination
	handle *Handle
	busy   bool
	doomed bool // to be closed when it is given back
	used   time.Time
}

// Lend lends the route's decoder of a file, making one if there is room. The
// caller holds h, which is the file's, and gives the decoder back.
func (d *Budget) Lend(of any, format packed.Format, route int, h *Handle, now time.Time) (*Decoder, error) {
	d.mu.Lock()
	var old []*Decoder
	d.decoders = slices.DeleteFunc(d.decoders, func(x *Decoder) bool {
		mine := x.of == of && x.route == route && x.handle == h && !x.doomed
		if x.busy || mine || (x.of != of || x.route != route) && now.Sub(x.used) < decoderIdle {
			return false
		}
		old = append(old, x)
		return true
	})
	var x *Decoder
	for _, y := range d.decoders {
		if y.of == of && y.route == route && !y.busy {
			x = y
		}
	}
	if x == nil && len(d.decoders) < MaxDecoders {
		h.uses++ // the caller has one, so it is open
		x = &Decoder{File: packed.NewFile(h.File, format), of: of, route: route, handle: h}
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
		return nil, ErrNoDecoder
	}
	return x, nil
}

// GiveBack ends the loan. done says that the file needs no decoder any more, spent that
// it was read to its end: whoever asks next takes the place of this one, which is only
// kept in case the same bytes are wanted again.
func (d *Budget) GiveBack(x *Decoder, done, spent bool, now time.Time) {
	d.mu.Lock()
	x.busy, x.used = false, now
	if spent {
		x.used = time.Time{}
	}
	done = done || x.doomed
	if done {
		d.decoders = slices.DeleteFunc(d.decoders, func(y *Decoder) bool { return y == x })
	}
	d.mu.Unlock()
	if done {
		d.end(x)
	}
}

// end frees a decoder that is in the list no more.
func (d *Budget) end(x *Decoder) {
	x.Free()
	d.Release(x.handle)
}

// EndDecoders gives up all decoders of a file.
func (d *Budget) EndDecoders(of any) {
	d.mu.Lock()
	var old []*Decoder
	d.decoders = slices.DeleteFunc(d.decoders, func(x *Decoder) bool {
		if x.of != of {
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

// Decoders is how many decoders there are.
func (d *Budget) Decoders() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.decoders)
}
