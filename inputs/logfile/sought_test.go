package logfile

import (
	"os"
	"path"
	"slices"
	"syscall"
	"testing"
	"time"

	"shipper/inputs/logfile/vfs"
)

// unlisting is a file system on which a directory can't be listed, or a name in it not be
// asked for.
type unlisting struct {
	vfs.FS
	dir, name string // a name of "" for all
}

func (u *unlisting) List(dir vfs.Place, visit func(*vfs.Entry)) (vfs.Info, error) {
	if dir.Path() == u.dir && u.name == "" {
		return vfs.Info{}, syscall.EIO
	}
	return u.FS.List(dir, func(e *vfs.Entry) {
		if string(e.Name) == u.name {
			e = &vfs.Entry{Name: e.Name, Inode: e.Inode, Kind: e.Kind, Stater: u}
		}
		visit(e)
	})
}

func (u *unlisting) StatEntry(*vfs.Entry, bool) (vfs.Info, error) { return vfs.Info{}, syscall.EIO }

// TestMovedToWhereErrorsAre: a file without a descriptor that was moved to where a look
// fails is not gone. Nothing of it is told as lost, and its successor is held: for OrderWait
// if it is unread, else for as long as it takes to be found by two scans.
func TestMovedToWhereErrorsAre(t *testing.T) {
	for _, x := range []struct {
		name    string
		to      string
		shipped int // bytes, 0 for all
		scans   int
	}{
		{"a directory", "old/app.log.1", 20, 3},
		{"a directory, and nothing is unread", "old/app.log.1", 0, 1},
		{"a name", "app.log.1", 20, 3},
		{"a name, and nothing is unread", "app.log.1", 0, 1},
	} {
		t.Run(x.name, func(t *testing.T) {
			r := newRig(t, nil)
			r.stop()
			r.cfg.Paths = []string{r.dir + "/app.log*", r.dir + "/old/app.log*"}
			if err := os.Mkdir(r.path("old"), 0o755); err != nil {
				t.Fatal(err)
			}
			r.start()
			a, b := numbered("a", 0, 10), numbered("b", 0, 10)
			r.append("app.log", a[:9]...)
			r.in.scan()
			r.ship(x.shipped)
			r.closeAll()
			r.append("app.log", a[9]) // unseen yet
			r.rename("app.log", x.to)
			r.append("app.log", b...)
			fs := &unlisting{FS: vfs.OS, dir: path.Dir(r.path(x.to))}
			if fs.dir == r.dir {
				fs.name = path.Base(x.to)
			}
			r.see(fs)
			for range x.scans {
				r.step()
				r.clock = r.clock.Add(15 * time.Second)
			}
			if len(r.lines) >= len(a) || !r.in.tree.Failing() {
				t.Fatalf("%d lines shipped, failing %v", len(r.lines), r.in.tree.Failing())
			}
			r.see(vfs.OS)
			r.step()
			r.want(slices.Concat(a, b)...)
			r.wantLate()
			if n := r.in.Counters().BytesLost; n != 0 {
				t.Errorf("%d bytes lost\n%s", n, r.log.String())
			}
			if r.in.tree.Failing() {
				t.Error("something still fails")
			}
		})
	}
}

// TestNotForgottenWhereNothingIsListed: what is gone is not forgotten while a directory above
// its own can't be listed, since then nobody looks there.
func TestNotForgottenWhereNothingIsListed(t *testing.T) {
	r := newRig(t, nil)
	r.stop()
	r.cfg.Paths = []string{r.dir + "/*/app.log*"}
	if err := os.Mkdir(r.path("sub"), 0o755); err != nil {
		t.Fatal(err)
	}
	r.start()
	r.append("sub/app.log", "one")
	r.step()
	r.clock = r.clock.Add(r.in.cfg.KeepOpen)
	r.step()
	if err := os.Rename(r.path("sub/app.log"), path.Join(t.TempDir(), "app.log")); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		r.step()
	}
	if n := r.in.absent.Len(); n != 1 {
		t.Fatalf("%d are gone", n)
	}
	r.see(&unlisting{FS: vfs.OS, dir: r.dir})
	for range 3 {
		r.step()
		r.clock = r.clock.Add(50 * time.Hour)
	}
	if len(r.forgot) > 0 {
		t.Errorf("%d are forgotten", len(r.forgot))
	}
}
