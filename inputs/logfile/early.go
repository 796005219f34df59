package logfile

import (
	"errors"
	"time"

	"shipper/inputs/logfile/trouble"
)

// openNew opens the files just found, beside the search if nothing of that returns: the
// reading of a file's first bytes may hang. Meanwhile others are opened when they
// are read.
func (in *Input) openNew(files []*file) {
	if len(files) == 0 || in.openingHangs() {
		return
	}
	done, opened := make(chan struct{}), make(chan struct{}, 1)
	in.opening = done
	go func() {
		defer func() { in.flush(); close(done) }() // Run may have gone on
		for _, f := range files {
			in.openEarly(f)
			select {
			case opened <- struct{}{}:
			default: // the last one is not yet noticed
			}
		}
	}()
	patience := time.NewTimer(in.asks.Patience)
	defer patience.Stop()
	for {
		select {
		case <-done:
			return
		case <-opened:
			patience.Reset(in.asks.Patience)
		case <-patience.C:
			return
		}
	}
}

// openingHangs tells whether the last openNew is still at it.
func (in *Input) openingHangs() bool {
	if in.opening == nil {
		return false
	}
	select {
	case <-in.opening:
		return false
	default:
		return true
	}
}

// openEarly opens a file that may still be written or is unread, so that it is
// not lost when it is renamed or deleted between two looks.
func (in *Input) openEarly(f *file) {
	in.mu.Lock()
	idle := in.now().Sub(timeOf(f.changed)) >= in.cfg.KeepOpen
	read := f.finished() || (f.id != 0 && f.size == f.maxOffset()) // then it may be known and not yet proven
	worth := f.stream != nil && f.handle == nil && len(f.names) > 0 && !(idle && read)
	in.mu.Unlock()
	if !worth {
		return
	}
	h, err := in.acquire(f, true)
	if err == nil {
		in.noteFirst(f, h)
		in.env.Descriptors.Release(h)
	} else if !errors.Is(err, trouble.ErrNoneFree) {
		in.failed(f, err)
	}
}
