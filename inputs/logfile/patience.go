package logfile

import (
	"errors"

	"shipper/inputs/logfile/vfs"
)

var errHangs = errors.New("the file system does not answer")

// patiently has the file system asked about a file while the search for others waits.
// It returns false if that takes longer than calls.Patience, or too much on the device
// hangs already. Then ask goes on by itself, and what it fills in is not to be looked at.
func (in *Input) patiently(device uint64, ask func()) bool {
	return in.asks.Try(device, ask, func() {})
}

// asked is what a file's descriptor says of it.
type asked struct {
	info   vfs.Info
	since  uint64 // tick before
	opened bool   // else err is why there is no descriptor
	err    error
}

// askFor asks for f's size and links, patiently. early is that of acquire.
func (in *Input) askFor(f *file, early bool) asked {
	var a asked
	in.mu.Lock()
	a.since = in.tick
	in.mu.Unlock()
	told := in.patiently(f.key.device, func() {
		h, err := in.acquire(f, early)
		if err != nil {
			a.err = err
			return
		}
		defer in.env.Descriptors.Release(h)
		a.opened = true
		a.info, a.err = h.Stat()
	})
	if !told {
		return asked{opened: true, err: errHangs}
	}
	return a
}
