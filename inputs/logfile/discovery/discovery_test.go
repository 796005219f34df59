package discovery

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"shipper/inputs/logfile/names"
	"shipper/inputs/logfile/notices"
	"shipper/inputs/logfile/trouble"
	"shipper/inputs/logfile/vfs"
	"shipper/testing/await"
)

// thing is what the owner in these tests takes a name for.
type thing struct{ inode uint64 }

// owner writes down what it is told.
type owner struct {
	t     *testing.T
	dir   string
	tree  *Tree[thing]
	known map[uint64]*thing
	said  []string
	log   bytes.Buffer
	seeks bool
}

func newOwner(t *testing.T, glob string) *owner {
	t.Helper()
	o := &owner{t: t, dir: t.TempDir(), known: map[uint64]*thing{}}
	globs, err := names.New([]string{o.dir + glob}, nil)
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.NewTextHandler(&o.log, nil))
	o.tree = New(Env[thing]{
		FS: vfs.OS, Globs: globs, Log: log, Problems: trouble.NewBook(log, time.Now), Now: time.Now,
		Tick:  func() uint64 { return 7 },
		Knows: func(_, inode uint64) bool { return o.known[inode] != nil },
		Seeks: func() bool { return o.seeks },
		Saw:   o.saw,
		Is:    func(f *thing, info *vfs.Info) bool { return f.inode == info.Inode },
		Gone:  func(x *Entry[thing]) { o.say("gone", x) },
		Wrote: func(x *Entry[thing]) bool { o.say("wrote", x); return !strings.HasSuffix(x.Name, ".gz") },
	})
	return o
}

func (o *owner) say(what string, x *Entry[thing]) {
	dir, _ := filepath.Rel(o.dir, x.Dir.Path)
	o.said = append(o.said, what+" "+filepath.Join(dir, x.Name))
}

func (o *owner) saw(s *Sighting[thing], tick uint64) bool {
	if tick != 7 {
		o.t.Errorf("the tick of a look is %d", tick)
	}
	what := "changed"
	if f := o.known[s.Info.Inode]; f != s.Entry.File || f == nil {
		what = "saw"
	}
	if s.First {
		what = "first " + what
	}
	newcomer := o.known[s.Info.Inode] == nil
	if newcomer {
		o.known[s.Info.Inode] = &thing{s.Info.Inode}
	}
	s.Entry.File = o.known[s.Info.Inode]
	o.say(what, s.Entry)
	return newcomer
}

// want compares what was told since the last time, in any order.
func (o *owner) want(when string, want ...string) {
	o.t.Helper()
	slices.Sort(o.said)
	slices.Sort(want)
	if !slices.Equal(o.said, want) {
		o.t.Errorf("%s: told %q, want %q", when, o.said, want)
	}
	o.said = nil
}

func (o *owner) path(name string) string { return filepath.Join(o.dir, name) }

func (o *owner) append(name, text string) {
	o.t.Helper()
	f, err := os.OpenFile(o.path(name), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err == nil {
		_, err = f.WriteString(text)
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		o.t.Fatal(err)
	}
}

func (o *owner) must(err error) {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(err)
	}
}

// scan is a Scan as the owner's goroutine does it.
func (o *owner) scan() bool {
	o.tree.Lock()
	defer o.tree.Unlock()
	return o.tree.Scan()
}

// event is one event, and the look that it asks for.
func (o *owner) event(name string, op notices.Op) {
	o.tree.Lock()
	defer o.tree.Unlock()
	o.tree.Event(notices.Event{Dir: filepath.Dir(o.path(name)), Name: filepath.Base(name), Op: op})
	for _, d := range o.tree.dirs {
		d.notBefore = time.Time{}
	}
	o.tree.LookDue()
}

// TestSlowLooks: looks at a directory that is slow to list take a sixteenth of the time
// at most, and one that was slow for once is looked at again as soon as ever.
func TestSlowLooks(t *testing.T) {
	o := newOwner(t, "/*.log")
	now, took := time.Now(), time.Second
	o.tree.Now = func() time.Time { return now }
	o.tree.FS = &failing{FS: vfs.OS, before: func() { now = now.Add(took) }}
	o.scan()
	looks := func(span time.Duration) (n int) {
		for until := now.Add(span); now.Before(until); now = now.Add(time.Millisecond) {
			begun := now
			o.tree.Hint(o.dir)
			o.tree.Lock()
			o.tree.LookDue()
			o.tree.Unlock()
			if now != begun {
				n++
			}
		}
		return n
	}
	looks(10 * time.Minute)
	if n := looks(160 * time.Second); n < 9 || n > 11 {
		t.Errorf("%d looks of a second in 160 seconds", n)
	}
	took = time.Millisecond
	looks(20 * time.Second)
	took = time.Second
	if n := looks(2 * time.Second); n < 2 {
		t.Error("after one slow look there is none for long")
	}
}

// quiet is a watcher of which no event comes.
type quiet struct{ notices.None }

func (quiet) Add(string) error { return nil }

func (q quiet) watch() (notices.Watcher, error) { return q, nil }

// TestSightings is the life of some names: each change of what they stand for is told
// once, by whatever way it is seen, and nothing else is.
func TestSightings(t *testing.T) {
	for _, way := range []string{"scans", "events"} {
		t.Run(way, func(t *testing.T) {
			o := newOwner(t, "/*/*.log")
			o.must(os.Mkdir(o.path("a"), 0o755))
			o.must(os.Mkdir(o.path("b"), 0o755))
			look := func(string, notices.Op) { o.scan() }
			if way == "events" {
				look = o.event
			}
			o.append("a/app.log", "1")
			o.append("a/other", "nothing to us")
			if !o.scan() {
				t.Error("the first scan has not listed everything")
			}
			o.want("found", "first saw a/app.log")
			o.scan()
			o.want("nothing has happened")

			o.append("a/app.log", "2")
			if look("a/app.log", notices.Written); way == "events" {
				o.want("written", "wrote a/app.log")
			}
			o.scan()
			o.want("grown", "changed a/app.log")

			o.must(os.Rename(o.path("a/app.log"), o.path("a/renamed")))
			look("a/app.log", notices.Gone)
			o.want("renamed to a name that no glob matches", "gone a/app.log", "first saw a/renamed")

			o.must(os.Rename(o.path("a/renamed"), o.path("b/app.log")))
			look("a/renamed", notices.Gone)
			look("b/app.log", notices.Come)
			o.want("moved to another directory", "gone a/renamed", "first saw b/app.log")

			o.append("b/new", "1")
			o.must(os.Rename(o.path("b/new"), o.path("b/app.log")))
			look("b/app.log", notices.Come)
			o.want("replaced", "saw b/app.log")

			o.must(os.RemoveAll(o.path("b")))
			o.scan()
			o.want("removed with its directory", "gone b/app.log")
		})
	}
}

// TestErrorIsNoAbsence: a directory that can't be listed has no name gone, nor have those
// below it; it is reported until it can be read.
func TestErrorIsNoAbsence(t *testing.T) {
	o := newOwner(t, "/**/*.log")
	o.must(os.MkdirAll(o.path("a/b"), 0o755))
	o.append("a/app.log", "1")
	o.append("a/b/app.log", "1")
	o.scan()
	o.want("found", "first saw a/app.log", "first saw a/b/app.log")
	fail := &failing{FS: vfs.OS, path: o.path("a")}
	o.tree.FS = fail
	o.must(os.Remove(o.path("a/app.log")))
	for range 3 {
		o.scan()
	}
	o.want("not readable")
	if d := o.tree.Nearest(o.path("a/b/c/d")); d == nil || d.Path != o.path("a/b") {
		t.Errorf("%v is taken for the nearest directory", d)
	}
	if d := o.tree.Nearest(o.path("a")); d.Seen || len(o.tree.Problems.List()) != 1 {
		t.Errorf("seen: %v, problems %q", d.Seen, o.tree.Problems.List())
	}
	fail.path = ""
	o.scan()
	o.want("readable", "gone a/app.log")
	if d := o.tree.Nearest(o.path("a")); !d.Seen || len(o.tree.Problems.List()) != 0 {
		t.Errorf("seen: %v, problems %q", d.Seen, o.tree.Problems.List())
	}
}

// failing can't list one directory.
type failing struct {
	vfs.FS
	path   string
	before func() // a listing; nil is fine
}

func (f *failing) List(dir vfs.Place, visit func(*vfs.Entry)) (vfs.Info, error) {
	if f.before != nil {
		f.before()
	}
	if dir.Path() == f.path {
		return vfs.Info{}, os.ErrPermission
	}
	return f.FS.List(dir, visit)
}

// aged has the directory taken for one that was listed long after it changed.
func (o *owner) aged() {
	o.t.Helper()
	d := o.tree.dirs[o.dir]
	info, err := vfs.OS.List(d.Place, func(*vfs.Entry) {})
	o.must(err)
	d.changed = info.Changed
}

// TestGlancesWhileNothingIsSought: where changes are announced and the directory is as it
// was, a scan does not list it but in its turn, unless its owner seeks what may have any
// name.
func TestGlancesWhileNothingIsSought(t *testing.T) {
	o := newOwner(t, "/*.log")
	o.tree.Start(quiet{}.watch)
	for i := range 3 {
		o.append(fmt.Sprintf("%d.log", i), "1")
	}
	o.scan()
	o.want("found", "first saw 0.log", "first saw 1.log", "first saw 2.log")
	glances := 0
	for range 2 * turns {
		o.aged()
		if !o.scan() {
			glances++
		}
	}
	if glances != 2*turns-2 {
		t.Errorf("%d of %d scans have only glanced", glances, 2*turns)
	}
	o.want("nothing has happened")
	o.seeks = true
	if !o.scan() {
		t.Error("the directory is not listed while something is sought")
	}
}

// TestGlancesSeeNewNames: nothing tells of a new name but the time of its directory.
func TestGlancesSeeNewNames(t *testing.T) {
	o := newOwner(t, "/*.log")
	o.tree.Start(quiet{}.watch)
	o.append("app.log", "1")
	o.scan()
	o.want("found", "first saw app.log")
	for _, name := range []string{"1.log", "2.log"} { // the directory has its turn once at most
		o.aged()
		await.Tick(t) // the time stamps of a file system have a grain
		o.append(name, "1")
		o.scan()
		o.want("made", "first saw "+name)
	}
}

// TestFreshListingIsNotTrusted: what happens to a directory in the tick in which it was
// listed does not show in its time.
func TestFreshListingIsNotTrusted(t *testing.T) {
	o := newOwner(t, "/*.log")
	o.tree.Start(quiet{}.watch)
	for range turns {
		if !o.scan() {
			t.Fatal("a directory was not listed that has changed just now")
		}
	}
}

// TestWritesAllocateNothing: what busy logs bring by the thousand is told without it.
func TestWritesAllocateNothing(t *testing.T) {
	o := newOwner(t, "/*.log")
	o.append("app.log", "1")
	o.scan()
	wrote := 0
	o.tree.Wrote = func(*Entry[thing]) bool { wrote++; return true }
	e := notices.Event{Dir: o.dir, Name: "app.log", Op: notices.Written}
	allocs := testing.AllocsPerRun(100, func() {
		o.tree.Lock()
		defer o.tree.Unlock()
		o.tree.Event(e)
		o.tree.LookDue()
	})
	if allocs != 0 || wrote < 100 {
		t.Errorf("%v allocations for a write, %d writes told", allocs, wrote)
	}
}
