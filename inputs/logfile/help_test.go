package logfile

import (
	"os"
	"syscall"

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
