package logfile

import (
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/fsnotify/fsnotify"

	"shipper/inputs/logfile/notices"
	"shipper/inputs/logfile/vfs"
)

// announced takes every directory for watched and announces nothing.
type announced struct{}

func (announced) Add(string) error    { return nil }
func (announced) Remove(string) error { return nil }
func (announced) Close() error        { return nil }

// asking counts how often a name is asked for by stat.
type asking struct {
	vfs.FS
	asked map[string]int
}

func (a *asking) List(dir vfs.Place, visit func(*vfs.Entry)) (vfs.Info, error) {
	return a.FS.List(dir, func(e *vfs.Entry) {
		inner := e.Stater
		e.Stater = &askingEntry{e, a, inner}
		visit(e)
		e.Stater = inner
	})
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

// TestIdleFilesAreAskedForInTurns: where changes are announced, a file that was
// not written for long is looked at by every eighth scan; elsewhere, if it was
// written lately, and when events were lost, by each.
func TestIdleFilesAreAskedForInTurns(t *testing.T) {
	const files, scans = 40, 16
	r := newRig(t, func(c *Config) { c.Paths[0] = c.Paths[0][:len(c.Paths[0])-len("app.log")] + "*.log" })
	fs := &asking{r.in.fs, map[string]int{}}
	r.in.fs = fs
	r.in.watcher = &notices.Watcher{Directories: announced{}}
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

	// It grows, and nobody says so.
	r.append("idle07.log", "more")
	rounds(8)
	if got := r.lines[len(r.lines)-1]; got != "more" {
		t.Errorf("%q is the last line after 8 scans", got)
	}

	r.in.watchError(fsnotify.ErrEventOverflow)
	rounds(1)
	if len(fs.asked) != files+1 {
		t.Errorf("after events were lost %d of %d files were asked for", len(fs.asked), files+1)
	}

	for _, d := range r.in.dirs {
		d.watched, d.polled = false, true
	}
	rounds(1)
	if len(fs.asked) != files+1 {
		t.Errorf("without events %d of %d files were asked for", len(fs.asked), files+1)
	}
}
