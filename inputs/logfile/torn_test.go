package logfile

import (
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"shipper/inputs/logfile/vfs"
	"shipper/testing/await"
)

// tearing is a file system on which something happens, once, when a listing or a
// glance has come to the live name, and which may hide a name until then.
type tearing struct {
	vfs.FS
	tear func() // nil when it has happened
	hide string
}

func (f *tearing) List(dir vfs.Place, visit func(*vfs.Entry)) (vfs.Info, error) {
	return f.FS.List(dir, f.torn(visit))
}

func (f *tearing) Ask(dir vfs.Place, names []string, visit func(*vfs.Entry)) (vfs.Info, error) {
	return f.FS.(vfs.Asker).Ask(dir, names, f.torn(visit))
}

func (f *tearing) torn(visit func(*vfs.Entry)) func(*vfs.Entry) {
	first := f.tear != nil
	return func(e *vfs.Entry) {
		if string(e.Name) == f.hide && first {
			return
		}
		if tear := f.tear; tear != nil && string(e.Name) == "app.log" {
			f.tear = nil
			tear()
		}
		visit(e)
	}
}

// TestTornLooks: a file is rotated while its directory is listed or glanced at, so that
// its successor is found and it is not: it is looked for before that is read.
func TestTornLooks(t *testing.T) {
	a, b, c := numbered("a", 0, 10), numbered("b", 0, 10), numbered("c", 0, 10)
	for _, kind := range []string{"between listing and stat", "in a large directory", "glanced at"} {
		t.Run(kind, func(t *testing.T) {
			r := newRig(t, nil)
			fs := &tearing{FS: &asking{FS: r.in.fs, asked: map[string]int{}, older: time.Minute}}
			rotate := func(to string, lines ...string) {
				r.rename("app.log", "app.log-20260102."+to)
				r.append("app.log", lines...)
			}
			r.append("app.log", a...)
			switch kind {
			case "between listing and stat":
				fs.tear = func() { rotate("1", b...); rotate("2", c...) }
			case "in a large directory":
				rotate("1", b...)
				rotate("2", c...)
				await.Tick(t) // the time stamps of a file system have a grain
				fs.hide = "app.log-20260102.2"
				fs.tear = func() {
					if err := os.WriteFile(r.path("other"), nil, 0o644); err != nil {
						t.Fatal(err)
					}
				}
			default:
				r.in.tree.Start((&announced{}).watch)
				r.see(fs)
				r.step()
				lists := fs.FS.(*asking).lists
				for n := lists; n == lists; lists = fs.FS.(*asking).lists {
					r.step() // until it was the directory's turn
				}
				fs.tear = func() { rotate("1", b...); rotate("2", c...) }
				defer func() {
					if n := fs.FS.(*asking).lists - lists; n != 1 {
						t.Errorf("%d listings: it was not glanced at before", n)
					}
				}()
			}
			r.see(fs)
			r.in.scan()
			r.ship(0)
			if fs.tear != nil {
				t.Fatal("nothing happened meanwhile")
			}
			r.want(slices.Concat(a, b, c)...)
			r.wantLate()
		})
	}
}

// TestNamesThatNeverRest: a look ends, too, where names change hands in every listing.
func TestNamesThatNeverRest(t *testing.T) {
	r := newRig(t, nil)
	asked := &asking{FS: r.in.fs, asked: map[string]int{}}
	fs := &tearing{FS: asked}
	var want []string
	var rotate func()
	rotate = func() {
		want = append(want, fmt.Sprintf("%d", len(want)))
		r.append("app.log", want[len(want)-1])
		r.rename("app.log", fmt.Sprintf("app.log-20260102.%d", len(want)))
		r.append("app.log")
		fs.tear = rotate
	}
	r.append("app.log")
	fs.tear = rotate
	r.see(fs)
	r.in.scan()
	if asked.lists != 4 {
		t.Errorf("%d listings", asked.lists)
	}
	fs.tear = nil
	r.step()
	r.want(want...)
}
