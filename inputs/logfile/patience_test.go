package logfile

import (
	"maps"
	"os"
	"path"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"shipper/inputs/logfile/settings"
	"shipper/inputs/logfile/vfs"
)

// sticky is a file system whose calls about one path hang while gate is not closed.
type sticky struct {
	vfs.FS
	path  string
	gate  chan struct{}
	stuck atomic.Int32 // calls that hang, or did
}

func (s *sticky) pass(p string) {
	if p != s.path {
		return
	}
	select {
	case <-s.gate:
	default:
		s.stuck.Add(1)
		<-s.gate
	}
}

func (s *sticky) Open(p vfs.Place) (vfs.File, error) {
	s.pass(p.Path())
	f, err := s.FS.Open(p)
	return stickyFile{f, s, p.Path()}, err
}

func (s *sticky) OpenDir(p vfs.Place) (vfs.Dir, vfs.Info, error) {
	s.pass(p.Path() + "/")
	return s.FS.(vfs.Directories).OpenDir(p)
}

type stickyFile struct {
	vfs.File
	fs   *sticky
	path string
}

func (f stickyFile) Pread(b []byte, offset int64) (int, error) {
	f.fs.pass(f.path)
	return f.File.Pread(b, offset)
}

func (f stickyFile) Stat() (vfs.Info, error) {
	f.fs.pass(f.path)
	return f.File.Stat()
}

// TestCallsThatHang: while calls about one file hang, its input finds and ships others;
// when they are over, what was to be done with it is done, and its lines come once.
func TestCallsThatHang(t *testing.T) {
	a := numbered("a", 0, 100)
	for _, x := range []struct {
		name   string
		change func(*Config)
		stuck  string // path below the directory
		before func(r *rig)
		do     func(r *rig) // while calls hang
		want   []string     // of app.log
		gone   string       // in the end
	}{
		{
			name: "at what may be a copy", stuck: "app.log.1",
			before: func(r *rig) { r.append("app.log", a...); r.in.scan(); r.ship(1000) },
			do: func(r *rig) {
				r.copyFile("app.log", "app.log.1", -1)
				r.truncate("app.log", 0)
				r.append("app.log", "new")
			},
			want: append(slices.Clone(a), "new"),
		},
		{
			name: "at a file that may be a known one", stuck: "app.log",
			before: func(r *rig) {
				r.append("app.log", a...)
				r.step()
				r.stop()
				for _, s := range r.saved {
					s.Device++ // as after a boot
				}
				r.start()
			},
			do:   func(r *rig) { r.append("app.log", "new") },
			want: append(slices.Clone(a), "new"),
		},
		{
			name: "at a file without a name", stuck: "app.log",
			before: func(r *rig) { r.append("app.log", a...); r.step() },
			do:     func(r *rig) { r.remove("app.log"); r.clock = r.clock.Add(2 * time.Minute) },
			want:   a,
		},
		{
			name: "at a removal", stuck: "",
			change: func(c *Config) { c.OnComplete = settings.Delete },
			before: func(r *rig) { r.append("app.log", a...); r.step() },
			do: func(r *rig) {
				r.rename("app.log", "app.log.1")
				r.append("app.log", "new")
				r.step()
				r.clock = r.clock.Add(2 * time.Minute)
			},
			want: append(slices.Clone(a), "new"), gone: "app.log.1",
		},
		{
			name: "at what is to be skipped", stuck: "app.log",
			change: func(c *Config) { c.StartAtEnd = true },
			before: func(r *rig) { r.append("app.log", a...); r.append("other.log", "old") },
			do: func(r *rig) {
				r.in.scan()
				r.append("app.log", "new")
			},
			want: []string{"new"},
		},
	} {
		t.Run(x.name, func(t *testing.T) {
			r := newRig(t, func(c *Config) {
				c.Paths = []string{path.Dir(c.Paths[0]) + "/*.log"}
				if x.change != nil {
					x.change(c)
				}
			})
			x.before(r)
			fs := &sticky{FS: vfs.OS, path: r.path(x.stuck), gate: make(chan struct{})}
			if x.stuck == "" {
				fs.path = r.dir + "/"
			}
			r.in.fs = fs
			r.in.asks.Patience = 200 * time.Millisecond
			for _, f := range r.in.files { // as if it had been opened so
				if f.handle != nil {
					f.handle.File = stickyFile{f.handle.File, fs, f.path()}
				}
			}
			late := time.AfterFunc(time.Minute, func() { t.Error("the search for files hangs"); close(fs.gate) })
			x.do(r)
			r.append("other.log", "news of the other")
			for range 3 {
				r.in.scan()
				r.shipOther()
			}
			if !late.Stop() {
				t.FailNow()
			}
			if fs.stuck.Load() == 0 {
				t.Fatal("nothing hung")
			}
			if !slices.Equal(r.lines[len(r.lines)-1:], []string{"news of the other"}) {
				t.Fatalf("the other file was not shipped: %s\n%s", brief(r.lines), r.log.String())
			}
			close(fs.gate)
			r.in.asks.Patience = time.Hour // from now on only the machine is slow
			r.ship(0)                      // before anybody knows that they are over
			if r.in.opening != nil {
				<-r.in.opening
			}
			for r.in.asks.Hung() > 0 {
				r.in.asks.Answered(<-r.in.asks.Late)
			}
			for range 4 {
				r.step()
				r.clock = r.clock.Add(20 * time.Second)
			}
			r.lines = slices.DeleteFunc(r.lines, func(l string) bool { return l == "news of the other" })
			r.want(x.want...)
			r.wantLate()
			if n := r.in.Counters().BytesLost; n != 0 {
				t.Errorf("%d bytes lost\n%s", n, r.log.String())
			}
			if _, err := os.Stat(r.path(x.gone)); x.gone != "" && err == nil {
				t.Errorf("%s is still there\n%s", x.gone, r.log.String())
			}
		})
	}
}

// shipOther ships other.log alone.
func (r *rig) shipOther() {
	r.t.Helper()
	left := map[*Cursor]bool{}
	r.mu.Lock() // what hangs no more wakes, too
	for c := range r.woken {
		if path.Base(c.Stream().Name) != "other.log" {
			left[c] = true
			delete(r.woken, c)
		}
	}
	r.mu.Unlock()
	r.ship(0)
	r.mu.Lock()
	defer r.mu.Unlock()
	maps.Copy(r.woken, left)
}
