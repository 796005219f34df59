package pipeline

import (
	"sync/atomic"
	"syscall"
	"testing"

	"shipper/inputs/logfile/vfs"
	"shipper/outputs"
)

var broken atomic.Int32 // so many reads fail

type flakyFS struct{ vfs.FS }
type flakyFile struct{ vfs.File }

func (f flakyFS) Open(p vfs.Place) (vfs.File, error) {
	file, err := f.FS.Open(p)
	return flakyFile{file}, err
}

func (f flakyFile) Pread(p []byte, at int64) (int, error) {
	if broken.Add(-1) >= 0 {
		return 0, syscall.EIO
	}
	return f.File.Pread(p, at)
}

// One failed pread (EIO, ESTALE of NFS) is no reason to send records of unknown
// fate under other numbers: README's second promise.
func TestReceiptOutlivesAReadError(t *testing.T) {
	whole := vfs.OS
	vfs.OS = flakyFS{whole}
	defer func() { vfs.OS = whole }()
	out := &scripted{}
	r := newRig(t, out)
	out.answer = func(n int, _ *outputs.Batch) outputs.Fate {
		if n == 0 {
			broken.Store(1)
			return outputs.Fate{State: outputs.Unresolved, Err: errScripted}
		}
		return outputs.Fate{State: outputs.Acked}
	}
	first := r.begin("x", 5)
	defer r.stop()
	r.until(first)
	if n := r.route.Status().PossibleDuplicates; n != 0 || !out.seen()[1].repeat {
		t.Errorf("%d possible duplicates after one EIO; the second attempt is a repeat: %v", n, out.seen()[1].repeat)
	}
}
