package notices

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// rig is a watcher of the system and a directory to do things in.
type rig struct {
	*testing.T
	Watcher
	dir string
}

func newRig(t *testing.T) *rig {
	w, err := System()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	r := &rig{t, w, t.TempDir()}
	r.must(os.Mkdir(r.path("logs"), 0o700))
	return r
}

func (r *rig) path(name string) string { return filepath.Join(r.dir, name) }

func (r *rig) must(err error) {
	r.Helper()
	if err != nil {
		r.Fatal(err)
	}
}

func (r *rig) write(name string) {
	r.Helper()
	f, err := os.OpenFile(r.path(name), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	r.must(err)
	_, err = f.WriteString("line\n")
	r.must(errors.Join(err, f.Close()))
}

// want drains, and compares what came: the kernel has told of all by then.
func (r *rig) want(want ...string) {
	r.Helper()
	var got []string
	n, whole := r.Drain(func(e Event) {
		dir, _ := strings.CutPrefix(e.Dir, r.dir+"/")
		got = append(got, fmt.Sprintf("%s %q %s", dir, e.Name, []string{"written", "touched", "come", "gone"}[e.Op]))
	})
	if !whole || n != len(got) || !slices.Equal(got, want) {
		r.Errorf("%d events, whole: %v:\n%s\nwant\n%s", n, whole, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestEvents: each thing that happens is told, with the name as it is.
func TestEvents(t *testing.T) {
	r := newRig(t)
	r.must(r.Add(r.path("logs")))
	r.want()
	r.write("logs/a\nb\xff")
	r.want(`logs "a\nb\xff" come`, `logs "a\nb\xff" written`)
	long := strings.Repeat("n", 255)
	r.must(os.Rename(r.path("logs/a\nb\xff"), r.path("logs/"+long)))
	r.want(`logs "a\nb\xff" gone`, `logs "`+long+`" come`)
	r.must(os.Chmod(r.path("logs/"+long), 0o640))
	r.want(`logs "` + long + `" touched`)
	r.must(os.Remove(r.path("logs/" + long)))
	r.want(`logs "` + long + `" gone`)
	r.Remove(r.path("logs"))
	r.write("logs/unseen")
	r.want()
	if err := r.Add(r.path("logs/unseen")); !errors.Is(err, syscall.ENOTDIR) {
		t.Errorf("a file is watched: %v", err)
	}
	if err := r.Add(r.path("nothing")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("what is not there is watched: %v", err)
	}
}

// TestDirectoryIsGone: a directory that was moved or removed is told of and not watched
// any more, and what has its path then can be.
func TestDirectoryIsGone(t *testing.T) {
	r := newRig(t)
	r.must(r.Add(r.path("logs")))
	r.must(os.Rename(r.path("logs"), r.path("moved")))
	r.want(`logs "" gone`)
	r.write("moved/unseen")
	r.must(os.Mkdir(r.path("logs"), 0o700))
	r.must(r.Add(r.path("logs")))
	r.write("logs/app.log")
	r.want(`logs "app.log" come`, `logs "app.log" written`)
	r.must(os.RemoveAll(r.path("logs")))
	r.want(`logs "app.log" gone`, `logs "" gone`)

	// Nobody has drained before the path is watched again.
	r.must(os.Mkdir(r.path("logs"), 0o700))
	r.must(r.Add(r.path("logs")))
	r.must(os.Rename(r.path("logs"), r.path("moved again")))
	r.must(os.Mkdir(r.path("logs"), 0o700))
	r.must(r.Add(r.path("logs")))
	r.write("moved again/unseen")
	r.write("logs/app.log")
	r.want(`logs "app.log" come`, `logs "app.log" written`)
}

// TestTwoPaths: a directory that two paths lead to is one to the kernel.
func TestTwoPaths(t *testing.T) {
	r := newRig(t)
	r.must(os.Symlink("logs", r.path("link")))
	for range 2 {
		r.must(r.Add(r.path("logs")))
		r.must(r.Add(r.path("link")))
	}
	r.must(os.Mkdir(r.path("logs/sub"), 0o700))
	r.want(`logs "sub" come`, `link "sub" come`)
	r.Remove(r.path("logs"))
	r.must(os.Remove(r.path("logs/sub")))
	r.want(`link "sub" gone`)
	r.must(r.Add(r.path("logs")))
	r.must(os.Remove(r.path("logs")))
	r.want(`link "" gone`, `logs "" gone`)
}

// TestOverflow: events that the kernel has dropped are told of, and the rest as well.
func TestOverflow(t *testing.T) {
	r := newRig(t)
	r.must(r.Add(r.path("logs")))
	text, err := os.ReadFile("/proc/sys/fs/inotify/max_queued_events")
	r.must(err)
	var limit int
	_, err = fmt.Sscan(string(text), &limit)
	r.must(err)
	for range limit/2 + 1 { // equal ones that follow each other are merged
		r.write("logs/a")
		r.write("logs/b")
	}
	n, lost := 0, false
	for more := 1; more > 0; n += more {
		var whole bool
		more, whole = r.Drain(func(Event) {})
		lost = lost || !whole
	}
	if !lost || n < limit {
		t.Errorf("%d events of a queue of %d; known to be lost: %v", n, limit, lost)
	}
	r.write("logs/a")
	r.want(`logs "a" written`)
}

// TestReady: Ready brings a value for the first event after Await, and for no other.
func TestReady(t *testing.T) {
	r := newRig(t)
	r.must(r.Add(r.path("logs")))
	ready := r.Ready()
	soon := func() bool {
		select {
		case <-ready:
			return true
		case <-time.After(time.Minute):
			return false
		}
	}
	for range 3 {
		r.Await()
		r.write("logs/app.log")
		if !soon() {
			t.Fatal("nobody told of an event")
		}
		r.write("logs/app.log")
		select {
		case <-ready:
			t.Error("an event was told of that nobody waits for")
		case <-time.After(20 * time.Millisecond):
		}
		r.Await()
		if !soon() {
			t.Fatal("nobody told of what was there before")
		}
		r.Drain(func(Event) {})
	}
	r.Await()
	select {
	case <-ready:
		t.Error("told of nothing")
	case <-time.After(20 * time.Millisecond):
	}
}

// TestClose: a closed watcher watches nothing, whatever has its descriptor's number.
func TestClose(t *testing.T) {
	r := newRig(t)
	r.Await()
	r.Close()
	other := newRig(t)
	if r.Add(other.path("logs")) == nil {
		t.Error("a closed watcher watches")
	}
	r.Remove(other.path("logs"))
	other.write("logs/app.log")
	other.want()
}

// gathers is how long a gathering goes on that has begun, or 0 if the first event is
// waited for.
func gathers(g *Gathering) time.Duration {
	begun := time.Now()
	select {
	case <-g.Over:
		return time.Since(begun)
	case <-time.After(time.Minute):
		return 0
	}
}

// waited counts how often it was to tell of the next event.
type waited struct {
	None
	times int
}

func (w *waited) Await() { w.times++ }

func TestGathering(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const linger = 7 * time.Millisecond
		w := &waited{}
		g := Gather(w, linger)
		if gathers(g) != 0 || g.Eager || w.times != 1 {
			t.Error("it does not wait for the first event")
		}
		g.Begin()
		if d := gathers(g); d != linger {
			t.Errorf("events gather for %v", d)
		}
		if g.End(steady - 1); gathers(g) != 0 || w.times != 2 {
			t.Error("few events make it gather on")
		}
		g.Begin()
		g.End(7 * steady)
		if d := gathers(g); d != linger+linger/(7*steady) || w.times != 2 {
			t.Errorf("a steady flow gathers for %v", d)
		}
		for range 6 {
			g.End(flood)
		}
		if d := gathers(g); d != gatherMax+gatherMax/flood {
			t.Errorf("a flood gathers for %v", d)
		}
		for range 6 {
			g.End(7 * steady)
		}
		if d := gathers(g); d != linger+linger/(7*steady) {
			t.Errorf("after a flood events gather for %v", d)
		}

		eager := Gather(w, 0)
		eager.Begin()
		if d := gathers(eager); d != gatherMin || !eager.Eager {
			t.Errorf("without a linger events gather for %v", d)
		}
		if eager.End(flood); gathers(eager) != 0 {
			t.Error("without a linger the first event waits for others")
		}
	})
}
