package logfile

import (
	"context"
	"fmt"
	"os"
	"regexp"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sys/unix"

	"shipper/inputs"
	"shipper/inputs/logfile/notices"
	"shipper/inputs/logfile/vfs"
	"shipper/testing/await"
)

// announced takes every directory for watched, unless it is full, and announces nothing.
type announced struct {
	notices.None
	full bool
}

func (a *announced) Add(string) error {
	if a.full {
		return unix.ENOSPC
	}
	return nil
}

func (a *announced) watch() (notices.Watcher, error) { return a, nil }

// asking counts how often a name is asked for by stat.
type asking struct {
	vfs.FS
	asked map[string]int
	// How often a directory was listed, and only glanced at.
	lists, glances int
	older          time.Duration // by so much the directory changed earlier than it did
}

func (a *asking) List(dir vfs.Place, visit func(*vfs.Entry)) (vfs.Info, error) {
	a.lists++
	info, err := a.FS.List(dir, a.counted(visit))
	info.Changed -= int64(a.older)
	return info, err
}

func (a *asking) Ask(dir vfs.Place, names []string, visit func(*vfs.Entry)) (vfs.Info, error) {
	if visit != nil { // else only the directory is asked for
		a.glances++
	}
	info, err := a.FS.(vfs.Asker).Ask(dir, names, a.counted(visit))
	info.Changed -= int64(a.older)
	return info, err
}

func (a *asking) counted(visit func(*vfs.Entry)) func(*vfs.Entry) {
	return func(e *vfs.Entry) {
		inner := e.Stater
		e.Stater = &askingEntry{e, a, inner}
		visit(e)
		e.Stater = inner
	}
}

type askingEntry struct {
	entry *vfs.Entry
	of    *asking
	inner interface {
		StatEntry(*vfs.Entry, bool) (vfs.Info, error)
	}
}

func (a *askingEntry) StatEntry(e *vfs.Entry, follow bool) (vfs.Info, error) {
	a.of.asked[string(e.Name)]++
	return a.inner.StatEntry(e, follow)
}

// TestIdleFilesAreAskedForInTurns: where changes are announced, a directory is listed
// and a file that was not written for long asked for by every eighth scan; elsewhere,
// if it was written lately, and when events were lost, by each.
func TestIdleFilesAreAskedForInTurns(t *testing.T) {
	const files, scans = 40, 16
	r := newRig(t, func(c *Config) { c.Paths[0] = c.Paths[0][:len(c.Paths[0])-len("app.log")] + "*.log" })
	fs := &asking{FS: r.in.fs, asked: map[string]int{}, older: time.Minute}
	r.see(fs)
	watches := &announced{}
	r.in.tree.Start(watches.watch)
	for i := range files {
		r.append(fmt.Sprintf("idle%02d.log", i), "line")
	}
	old := r.clock.Add(-time.Hour)
	for i := range files {
		if err := os.Chtimes(r.path(fmt.Sprintf("idle%02d.log", i)), old, old); err != nil {
			t.Fatal(err)
		}
	}
	r.append("hot.log", "line")
	r.step()
	rounds := func(n int) {
		clear(fs.asked)
		fs.lists, fs.glances = 0, 0
		for range n {
			r.step()
		}
	}
	rounds(scans)
	for i := range files {
		if name := fmt.Sprintf("idle%02d.log", i); fs.asked[name] != scans/8 {
			t.Errorf("%s was asked for %d times in %d scans", name, fs.asked[name], scans)
		}
	}
	if fs.asked["hot.log"] != scans {
		t.Errorf("hot.log was asked for %d times in %d scans", fs.asked["hot.log"], scans)
	}
	if fs.lists != scans/8 || fs.glances != scans-fs.lists {
		t.Errorf("%d listings and %d glances in %d scans", fs.lists, fs.glances, scans)
	}

	// One of which an event tells is asked for like those that were written lately.
	r.in.tree.Event(notices.Event{Dir: r.dir, Name: "idle05.log", Op: notices.Written})
	if rounds(1); fs.asked["idle05.log"] != 1 {
		t.Error("a file that an event has told of was not asked for")
	}

	// It grows, and nobody says so.
	r.append("idle07.log", "more")
	rounds(8)
	if got := r.lines[len(r.lines)-1]; got != "more" {
		t.Errorf("%q is the last line after 8 scans", got)
	}

	r.in.eventsLost()
	rounds(1)
	if len(fs.asked) != files+1 {
		t.Errorf("after events were lost %d of %d files were asked for", len(fs.asked), files+1)
	}

	watches.full = true
	r.in.tree.Event(notices.Event{Dir: r.dir, Op: notices.Gone})
	rounds(1)
	if len(fs.asked) != files+1 {
		t.Errorf("without events %d of %d files were asked for", len(fs.asked), files+1)
	}
}

// overflowing has lost whatever there was.
type overflowing struct {
	notices.None
	ready chan struct{}
}

func (o overflowing) Ready() <-chan struct{}                      { return o.ready }
func (overflowing) Drain(func(notices.Event)) (n int, whole bool) { return 0, false }

// TestLostEventsAreMadeUpFor: events that were lost have everything looked at anew.
func TestLostEventsAreMadeUpFor(t *testing.T) {
	lost := overflowing{ready: make(chan struct{})}
	in, err := New(Config{Label: "test", Paths: []string{t.TempDir() + "/*.log"}, ScanInterval: time.Hour}, Env{
		Watch: func() (notices.Watcher, error) {
			return lost, nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = in.Run(ctx)
	}()
	lost.ready <- struct{}{} // taken after the first scan
	for deadline := time.Now().Add(time.Minute); in.Counters().Scans < 2; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d scans", in.Counters().Scans)
		}
	}
	cancel()
	<-done
}

// TestGlancesSeeWhatChanges: no event comes, and every scan but the eighth only glances
// at the directory. What becomes of its names, and of files in use, is seen by the
// next one all the same.
func TestGlancesSeeWhatChanges(t *testing.T) {
	r := newRig(t, func(c *Config) { c.QuietAfter = time.Second })
	fs := &asking{FS: r.in.fs, asked: map[string]int{}, older: time.Minute}
	r.see(fs)
	r.in.tree.Start((&announced{}).watch)
	r.append("app.log", "1")
	r.step()
	want, glances := []string{"1"}, 0
	changes := []func(line string){
		func(line string) { r.append("app.log", line) },
		func(line string) {
			r.append("app.log", line)
			r.rename("app.log", "app.log.1")
			r.append("app.log", line+"new")
		},
		func(line string) { r.remove("app.log.1"); r.append("app.log", line) },
		func(line string) { r.remove("app.log"); r.append("app.log", line) },
		func(line string) {
			if err := os.Truncate(r.path("app.log"), 0); err != nil {
				t.Fatal(err)
			}
			r.append("app.log", line)
		},
	}
	for range 3 {
		for i, change := range changes {
			line := fmt.Sprintf("line %d", len(want))
			await.Tick(t)
			change(line)
			if want = append(want, line); i == 1 {
				want = append(want, line+"new")
			}
			before := fs.lists
			r.step()
			r.want(want...)
			if i == 0 && fs.lists == before {
				glances++
			}
			await.Tick(t)
			r.step() // with nothing new
			for n := fs.glances; i > 0 && fs.glances == n; r.step() {
				r.clock = r.clock.Add(time.Second) // until nothing deleted is held
			}
			r.want(want...)
		}
	}
	if glances == 0 {
		t.Error("no glance has shown that a file grew")
	}
}

// TestFreshDirectoryIsListed: what happens to a directory in the tick in which it was
// listed does not show in its time.
func TestFreshDirectoryIsListed(t *testing.T) {
	r := newRig(t, nil)
	fs := &asking{FS: r.in.fs, asked: map[string]int{}}
	r.see(fs)
	r.in.tree.Start((&announced{}).watch)
	for range 6 {
		r.append("app.log", "line")
		r.rename("app.log", "app.log.1")
		r.append("app.log", "line")
		r.step()
		r.remove("app.log.1")
	}
	if len(r.lines) != 12 || fs.glances > 0 {
		t.Errorf("%d lines of 12, %d glances", len(r.lines), fs.glances)
	}
}

// TestNoTickInVain: nothing looks at the clock before a reader waits for a time, and
// then that one is woken in time, however far off the next scan is.
func TestNoTickInVain(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(dir+"/app.log", []byte("a record that may go on\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		begun, looks := time.Now(), atomic.Int64{}
		woken := make(chan *Cursor, 1)
		in, err := New(Config{
			Label: "test", Paths: []string{dir + "/*.log"}, ScanInterval: 24 * time.Hour,
			JoinStart: regexp.MustCompile("^a"), JoinTimeout: time.Hour,
		}, Env{
			Routes: 1, Watch: (&announced{}).watch, Wake: each(func(c *Cursor) { woken <- c }),
		})
		if err != nil {
			t.Fatal(err)
		}
		in.now = func() time.Time {
			looks.Add(1)
			return time.Now()
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			_ = in.Run(ctx)
		}()
		c := <-woken
		idle := func() {
			t.Helper()
			synctest.Wait()
			before := looks.Load()
			time.Sleep(10 * time.Minute)
			if n := looks.Load() - before; n != 0 {
				t.Errorf("the clock was looked at %d times in vain", n)
			}
		}
		read := func(want int) {
			t.Helper()
			seg, _, err := c.Read(ctx, inputs.NewBuffer(1<<10), 1<<10)
			if err != nil || seg.Len() != want {
				t.Errorf("read %d records, want %d: %v", seg.Len(), want, err)
			}
			if want > 0 {
				c.Commit(&seg)
			}
		}
		idle()
		read(0)
		if <-woken != c {
			t.Error("another reader is woken")
		}
		if d := time.Since(begun); d < time.Hour || d > time.Hour+2*time.Second {
			t.Errorf("the reader that waits for an hour is woken after %v", d)
		}
		read(1)
		time.Sleep(time.Second) // until that is noticed
		idle()
		cancel()
		<-done
		if err := in.Close(); err != nil {
			t.Error(err)
		}
	})
}
