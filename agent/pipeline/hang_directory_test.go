package pipeline

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"shipper/inputs/logfile"
	"shipper/inputs/logfile/vfs"
	"shipper/testing/await"
)

// What of a file system hangs.
const (
	hangLists = 1 << iota
	hangStats
	hangReads
)

// stuck is a file system whose directory "sick" is on a device of its own, of which
// calls hang on demand.
type stuck struct {
	vfs.FS
	mu     sync.Mutex
	what   int
	over   chan struct{}
	inside int
}

// hang has calls hang until the function that it returns is called.
func (s *stuck) hang(what int) (release func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.what, s.over = what, make(chan struct{})
	return sync.OnceFunc(func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.what = 0
		close(s.over)
	})
}

func (s *stuck) hanging() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.inside
}

func (s *stuck) call(what int, path string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.what&what == 0 || !onStuck(path) {
		return
	}
	over := s.over
	s.inside++
	s.mu.Unlock()
	<-over
	s.mu.Lock()
	s.inside--
}

func onStuck(path string) bool { return strings.Contains(path+"/", "/sick/") }

func elsewhere(path string, info vfs.Info) vfs.Info {
	if onStuck(path) {
		info.Device += otherDevice
	}
	return info
}

func (s *stuck) List(dir vfs.Place, visit func(*vfs.Entry)) (vfs.Info, error) {
	s.call(hangLists, dir.Path())
	info, err := s.FS.List(dir, func(e *vfs.Entry) {
		inner := e.Stater
		e.Stater = stuckEntry{inner, s, dir.Path()}
		visit(e)
		e.Stater = inner
	})
	return elsewhere(dir.Path(), info), err
}

type stuckEntry struct {
	inner interface {
		StatEntry(*vfs.Entry, bool) (vfs.Info, error)
	}
	of  *stuck
	dir string
}

func (e stuckEntry) StatEntry(x *vfs.Entry, follow bool) (vfs.Info, error) {
	e.of.call(hangStats, e.dir)
	info, err := e.inner.StatEntry(x, follow)
	return elsewhere(e.dir, info), err
}

func (s *stuck) Open(file vfs.Place) (vfs.File, error) {
	s.call(hangReads, file.Path())
	f, err := s.FS.Open(file)
	if err == nil && onStuck(file.Path()) {
		f = &stuckFile{f, s, file.Path()}
	}
	return f, err
}

type stuckFile struct {
	vfs.File
	of   *stuck
	path string
}

func (f *stuckFile) Stat() (vfs.Info, error) {
	info, err := f.File.Stat()
	return elsewhere(f.path, info), err
}

func (f *stuckFile) Pread(p []byte, offset int64) (int, error) {
	f.of.call(hangReads, f.path)
	return f.File.Pread(p, offset)
}

// TestHangingDirectoryHoldsUpNobodyElse: a file system does not answer, for 30 s in the
// full run. What others write arrives, in files and directories that are new, too, and
// so does what known files of that directory hold, as long as they can be read.
// Nothing is missing afterwards.
func TestHangingDirectoryHoldsUpNobodyElse(t *testing.T) {
	span, most := 2*time.Second, 10*time.Second
	if os.Getenv("SHIPPER_TORTURE") != "" {
		span, most = 30*time.Second, time.Second
	}
	for _, c := range []struct {
		name string
		what int
	}{{"listing", hangLists}, {"stat", hangStats}, {"everything", hangLists | hangStats | hangReads}} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, &scripted{shards: 4})
			fs := &stuck{FS: vfs.OS}
			r.fs = fs
			w := &written{rig: r, lines: map[string][]string{}}
			add := func(dir string, files ...string) {
				if err := os.MkdirAll(r.path(dir), 0o700); err != nil {
					t.Fatal(err)
				}
				for _, f := range files {
					w.names = append(w.names, dir+"/"+f)
				}
			}
			add("sick", "a.log")
			add("well-1", "a.log")
			add("well-2", "a.log")
			w.append(0)
			r.start(func(cfg *logfile.Config) { cfg.Paths = []string{r.dir + "/*/*.log"} })
			defer r.stop()
			w.arrive("")

			release := fs.hang(c.what)
			defer release()
			begun, longest, rounds := time.Now(), time.Duration(0), 0
			for time.Since(begun) < span || rounds < 5 { // the first may take long on a busy machine
				rounds++
				switch rounds {
				case 2:
					add("sick", "new.log")
				case 3:
					add("well-1", "new.log")
				case 4:
					add("well-3", "new.log")
				}
				w.append(rounds)
				longest = max(longest, w.arrive("well-"))
				if c.what&hangReads == 0 {
					longest = max(longest, w.arrive("sick/a.log"))
				}
				await.True(t, patience, "a call hangs", func() bool { return fs.hanging() > 0 })
				time.Sleep(50 * time.Millisecond) // between two lines of an application
			}
			t.Logf("%v of hanging, %d rounds of lines: each arrived within %v", span, rounds, longest)
			if longest > most {
				t.Errorf("what others wrote took up to %v, in %d rounds", longest, rounds)
			}
			if n := fs.hanging(); c.what&hangReads == 0 && n > 1 {
				t.Errorf("%d looks at one directory hang", n)
			}
			shown := func() bool { return strings.Contains(fmt.Sprint(r.input.Problems()), "does not answer") }
			await.True(t, patience, "it is said of the directory", shown)
			release()
			w.append(rounds + 1)
			w.arrive("")
			await.True(t, patience, "nothing is shown to hang", func() bool { return !shown() })
		})
	}
}
