package pipeline

import (
	"strconv"
	"sync/atomic"
	"testing"

	"shipper/checkpoint/disk"
	"shipper/testing/await"
)

// hangingDisk lets writes wait for an answer.
type hangingDisk struct {
	disk.FS
	hangs  atomic.Bool
	hung   atomic.Int32 // writes that do or did
	answer chan struct{}
}

func (h *hangingDisk) Open(name string) (disk.File, error) {
	f, err := h.FS.Open(name)
	return hangingDiskFile{f, h}, err
}

type hangingDiskFile struct {
	disk.File
	disk *hangingDisk
}

func (f hangingDiskFile) WriteAt(b []byte, at int64) (int, error) {
	if f.disk.hangs.Load() {
		f.disk.hung.Add(1)
		<-f.disk.answer
	}
	return f.File.WriteAt(b, at)
}

// A lane that hangs in a write to the state holds up nobody: another one takes its place,
// also where there is one only, and what both acknowledged is durable after the cure.
func TestStateThatHangs(t *testing.T) {
	out := &scripted{}
	r := newRig(t, out)
	r.lanes = 1
	state := &hangingDisk{FS: disk.At(r.state), answer: make(chan struct{})}
	r.disk = state
	all := r.begin("before", 5)
	r.until(all)
	state.hangs.Store(true)
	for i := range 3 {
		more, text := lines("meanwhile"+strconv.Itoa(i), 5)
		r.write("a.log", text)
		all = append(all, more...)
		r.until(all)
	}
	await.True(t, patience, "the state says that it hangs", func() bool { return r.store.Health() != nil })
	if n := state.hung.Load(); n != 1 {
		t.Errorf("%d writes hang", n)
	}
	state.hangs.Store(false)
	close(state.answer)
	await.True(t, patience, "the state is durable again", func() bool { return r.store.Health() == nil })
	r.stop()

	r.start(nil) // which repeats nothing
	more, text := lines("after", 5)
	r.write("a.log", text)
	r.until(append(all, more...))
	r.stop()
}
