package logfile

import (
	"os"
	"syscall"

	"shipper/inputs"
	"shipper/inputs/logfile/vfs"
)

func inodeOf(i os.FileInfo) uint64 {
	if st, ok := i.Sys().(*syscall.Stat_t); ok {
		return st.Ino
	}
	return 0
}

// failing is a file system on which one path can't be opened.
type failing struct {
	vfs.FS
	path string
}

func (f *failing) Open(p vfs.Place) (vfs.File, error) {
	if p.Path() == f.path {
		return nil, syscall.EIO
	}
	return f.FS.Open(p)
}

// exhaust takes every descriptor that there is, and returns how to give them back.
func exhaust(b *Descriptors) (giveBack func()) {
	n := 0
	for b.Take(false) {
		n++
	}
	return func() {
		for range n {
			b.Untake()
		}
	}
}

// closeAll closes what is open, as want of descriptors does.
func (r *rig) closeAll() {
	r.in.mu.Lock()
	defer r.in.mu.Unlock()
	for _, f := range r.in.files {
		r.in.closeHandle(f)
	}
}

// send reads as ship does, but at most limit bytes of one cursor, which are acknowledged
// when ack is called.
func (r *rig) send(limit int) (ack func()) {
	r.t.Helper()
	for c := range r.woken {
		delete(r.woken, c)
		seg, _, err := c.Read(r.t.Context(), inputs.NewBuffer(r.bufCap), limit)
		if err != nil || seg.Start == seg.End {
			r.t.Fatalf("nothing was read: %v", err)
		}
		r.take(c, &seg)
		return func() { r.persist(c.Route(), c.Commit(&seg)) }
	}
	r.t.Fatal("no cursor is woken")
	return nil
}

func (r *rig) sizeOf(name string) int64 {
	r.t.Helper()
	info, err := os.Stat(r.path(name))
	if err != nil {
		r.t.Fatal(err)
	}
	return info.Size()
}
