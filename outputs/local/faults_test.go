package local

import (
	"sync"

	"golang.org/x/sys/unix"
)

// faults puts errors behind the handle of a File.
type faults struct {
	mu sync.Mutex
	// room is how many more bytes the disk takes, if limited.
	limited bool
	room    int
	// syncs, cuts and opens are how many of the next calls fail.
	syncs, cuts, opens int
}

func (f *faults) failSyncs(n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.syncs = n
}

// take tells whether the call that *n counts is to fail.
func (f *faults) take(n *int) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if *n > 0 {
		*n--
		return true
	}
	return false
}

func (f *faults) open(path string) (handle, error) {
	if f.take(&f.opens) {
		return nil, unix.EIO
	}
	h, err := openHandle(path)
	if err != nil {
		return nil, err
	}
	return &faulty{handle: h, faults: f}, nil
}

type faulty struct {
	handle
	faults *faults
}

func (h *faulty) Write(p []byte) (int, error) {
	if !h.faults.limited || len(p) <= h.faults.room {
		h.faults.room -= len(p)
		return h.handle.Write(p)
	}
	n, err := h.handle.Write(p[:h.faults.room])
	h.faults.room -= n
	if err == nil {
		err = unix.ENOSPC
	}
	return n, err
}

func (h *faulty) Truncate(size int64) error {
	if h.faults.take(&h.faults.cuts) {
		return unix.EIO
	}
	return h.handle.Truncate(size)
}

func (h *faulty) Datasync() error {
	if h.faults.take(&h.faults.syncs) {
		return unix.EIO
	}
	return h.handle.Datasync()
}
