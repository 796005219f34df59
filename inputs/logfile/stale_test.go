package logfile

import (
	"testing"

	"shipper/inputs/logfile/vfs"
)

// dated is a file system in which a good deal happens right after a stat.
type dated struct {
	vfs.FS
	after func() // once
}

func (d *dated) Open(p vfs.Place) (vfs.File, error) {
	f, err := d.FS.Open(p)
	return datedFile{f, d}, err
}

type datedFile struct {
	vfs.File
	fs *dated
}

func (f datedFile) Stat() (vfs.Info, error) {
	info, err := f.File.Stat()
	if after := f.fs.after; after != nil {
		f.fs.after = nil
		after()
	}
	return info, err
}

// TestReadOnWhileItIsOpened: a file is not taken for truncated because others have read
// on in it since its size was asked for, as a search that opens newcomers early does on a
// busy machine.
func TestReadOnWhileItIsOpened(t *testing.T) {
	lines := numbered("a", 0, 100)
	r := newRig(t, nil)
	fs := &dated{FS: vfs.OS}
	r.see(fs)
	r.append("app.log", lines[:10]...)
	r.in.scan()
	for _, f := range r.in.files {
		r.in.mu.Lock()
		r.in.closeHandle(f)
		r.in.mu.Unlock()
		read := false
		fs.after = func() {
			r.append("app.log", lines[10:]...)
			r.ship(0)
			read = true
		}
		r.in.openEarly(f)
		if !read {
			t.Fatal("nothing was read meanwhile")
		}
	}
	r.step()
	r.want(lines...)
	r.wantLate()
	if n := r.in.Counters().Truncations; n != 0 {
		t.Errorf("%d truncations\n%s", n, r.log.String())
	}
}
