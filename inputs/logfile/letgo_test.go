package logfile

import (
	"testing"
	"time"

	"shipper/inputs/logfile/vfs"
)

// opening is a file system on which something happens once a file was opened.
type opening struct {
	vfs.FS
	path   string
	opened func() // once
}

func (o *opening) Open(p vfs.Place) (vfs.File, error) {
	f, err := o.FS.Open(p)
	if opened := o.opened; opened != nil && p.Path() == o.path {
		o.opened = nil
		opened()
	}
	return f, err
}

// TestOpenedWhileItIsLetGoOf: a file that was let go of while it was being opened gets no
// descriptor any more: nobody would close it.
func TestOpenedWhileItIsLetGoOf(t *testing.T) {
	r := newRig(t, nil)
	r.append("app.log", numbered("a", 0, 10)...)
	r.in.scan()
	r.closeAll()
	fs := &opening{FS: vfs.OS, path: r.path("app.log")}
	fs.opened = func() {
		r.remove("app.log")
		for range 3 {
			r.in.scan()
		}
		if len(r.in.files) != 0 {
			t.Fatal("it is still known")
		}
	}
	r.see(fs)
	r.ship(0)
	if fs.opened != nil {
		t.Fatal("nothing happened meanwhile")
	}
	for range 3 {
		r.clock = r.clock.Add(2 * time.Minute)
		r.step()
	}
	if open, _ := r.budget.Usage(); open != 0 {
		t.Errorf("%d descriptors are open", open)
	}
}
