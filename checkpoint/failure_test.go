package checkpoint

import (
	"bytes"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"shipper/checkpoint/disk"
)

// logBuffer collects log lines of several goroutines.
type logBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logBuffer) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(b)
}

func (l *logBuffer) count(text string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Count(l.b.String(), text)
}

// TestDiskFailsAndRecovers: whatever fails, commits go on, Health says so,
// and after the cure all of it is durable, with nobody's help.
func TestDiskFailsAndRecovers(t *testing.T) {
	failing := func(ops ...string) func(op, name string) error {
		return func(op, _ string) error {
			for _, o := range ops {
				if o == op {
					return syscall.EIO
				}
			}
			return nil
		}
	}
	cases := []struct {
		name string
		fail func(op, name string) error
	}{
		{"write", failing("write")},
		{"sync", failing("sync")},
		{"write, open", failing("write", "open")},
		{"sync, rename", failing("sync", "rename")},
		{"sync, syncdir", failing("sync", "syncdir")},
		{"everything", func(string, string) error { return syscall.EROFS }},
		{"only log writes", func(op, name string) error {
			if name == spareLog && op == "write" {
				return syscall.ENOSPC
			}
			return nil
		}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var lines logBuffer
				dir := newCrashFS()
				s := newStore(dir, Options{Log: slog.New(slog.NewTextHandler(&lines, nil))})
				s.start(nil)
				s.Commit(full())
				time.Sleep(time.Second)
				dir.setFail(c.fail)
				begin := time.Now()
				for i := range int64(100) {
					s.Commit(&Changes{Offsets: []Offset{offset(1, 1, 1000+i)}})
				}
				if took := time.Since(begin); took > time.Second {
					t.Fatalf("commits took %s", took)
				}
				time.Sleep(time.Second)
				s.Commit(&Changes{Offsets: []Offset{offset(1, 1, 3000)}})
				err := s.Health()
				if err == nil {
					t.Fatal("healthy")
				}
				t.Log(err)
				before := dir.operations()
				time.Sleep(10 * time.Minute)
				if n := dir.operations() - before; n < 100 || n > 10_000 {
					t.Fatalf("%d operations in ten minutes", n)
				}
				s.Commit(&Changes{Offsets: []Offset{offset(1, 1, 4000)}})
				dir.setFail(nil)
				time.Sleep(time.Minute)
				if err := s.Health(); err != nil {
					t.Fatalf("after the cure: %v", err)
				}
				want := s.State()
				if l := load(dir.afterPowerLoss(nil)); !reflect.DeepEqual(l.table.state(), want) || l.report.Fallback {
					t.Fatalf("after the cure: %+v", l.report)
				}
				if fails, cures := lines.count("is not durable"), lines.count("durable again"); fails != 1 || cures != 1 {
					t.Fatalf("logged %d and %d times:\n%s", fails, cures, lines.b.String())
				}
				s.Commit(&Changes{Offsets: []Offset{offset(1, 1, 5000)}})
				want = s.State()
				mustClose(t, s)
				if l := load(dir); !reflect.DeepEqual(l.table.state(), want) {
					t.Fatalf("after the close: %+v", l.report)
				}
				if len(dir.files) > 6 {
					t.Fatalf("%d files are left", len(dir.files))
				}
			})
		})
	}
}

// TestCloseTriesOnceMore: a disk that recovered just before the end.
func TestCloseTriesOnceMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := newCrashFS()
		s := openCrash(dir)
		s.Commit(full())
		dir.setFail(func(string, string) error { return syscall.EIO })
		s.Commit(&Changes{Offsets: []Offset{offset(1, 1, 1000)}})
		synctest.Wait()
		dir.setFail(nil)
		want := s.State()
		mustClose(t, s)
		if l := load(dir.afterPowerLoss(nil)); !reflect.DeepEqual(l.table.state(), want) {
			t.Fatalf("%+v", l.report)
		}

		s = openCrash(dir)
		dir.setFail(func(string, string) error { return syscall.EIO })
		s.Commit(&Changes{Offsets: []Offset{offset(1, 1, 2000)}})
		if err := s.Close(); !errors.Is(err, syscall.EIO) {
			t.Fatalf("closed with %v", err)
		}
	})
}

// TestFullDisk: whoever fills the disk does not stop the store, which lives in
// what it has set aside.
func TestFullDisk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := newCrashFS()
		dir.free = 40 << 20
		s := openCrash(dir)
		s.Commit(full())
		dir.setFree(0)
		at := int64(1000)
		for range 5 {
			for range 20 {
				at++
				s.Commit(&Changes{Offsets: []Offset{offset(1, 1, at)}})
			}
			s.mu.Lock()
			s.limit = 0
			s.mu.Unlock()
			at++
			s.Commit(&Changes{Offsets: []Offset{offset(1, 1, at)}})
			time.Sleep(time.Second)
			if err := s.Health(); err != nil {
				t.Fatal(err)
			}
		}
		if n := s.Stats().Snapshots; n < 6 {
			t.Fatalf("only %d snapshots", n)
		}
		for range 3 { // it starts on a full disk, too
			mustClose(t, s)
			s = openCrash(dir)
			if err := s.Health(); err != nil {
				t.Fatal(err)
			}
		}
		// More than there is room for: in memory, until there is.
		big := &Changes{}
		for id := uint64(1000); id < 45_000; id++ {
			big.Identities = append(big.Identities, identity(id))
		}
		s.Commit(big)
		time.Sleep(time.Second)
		if err := s.Health(); !errors.Is(err, syscall.ENOSPC) {
			t.Fatalf("health: %v", err)
		}
		dir.setFree(100 << 20)
		time.Sleep(time.Minute)
		if err := s.Health(); err != nil {
			t.Fatal(err)
		}
		want := s.State()
		mustClose(t, s)
		if l := load(dir); !reflect.DeepEqual(l.table.state(), want) {
			t.Fatalf("%+v", l.report)
		}
	})
}

// TestHangingWrite: a disk that does not answer must not stop shipping.
func TestHangingWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := newCrashFS()
		hanging := &hangingFS{crashFS: dir, answer: make(chan struct{})}
		s := openCrash(hanging)
		hanging.hangs.Store(true)
		begin := time.Now()
		s.Commit(full())
		s.Commit(&Changes{Offsets: []Offset{offset(1, 1, 1000)}})
		if took := time.Since(begin); took < hangAfter || took > hangAfter+time.Second {
			t.Fatalf("commits took %s", took)
		}
		time.Sleep(10 * time.Minute)
		if err := s.Health(); err == nil || !strings.Contains(err.Error(), "has not returned") {
			t.Fatalf("health: %v", err)
		}
		hanging.hangs.Store(false)
		close(hanging.answer)
		time.Sleep(time.Minute)
		if err := s.Health(); err != nil {
			t.Fatal(err)
		}
		want := s.State()
		mustClose(t, s)
		if l := load(dir.afterPowerLoss(nil)); !reflect.DeepEqual(l.table.state(), want) {
			t.Fatalf("%+v", l.report)
		}
	})
}

// TestHangingWriteOfACaller: what a caller that writes itself would do next is done
// without it, once, and others are not held up.
func TestHangingWriteOfACaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := newCrashFS()
		hanging := &hangingFS{crashFS: dir, answer: make(chan struct{})}
		s := openCrash(hanging)
		never := func() { t.Error("a caller that is back was called late") }
		if !s.CommitHere(full(), never) || s.Stats().Writes != 1 {
			t.Fatalf("%+v", s.Stats())
		}
		hanging.hangs.Store(true)
		begin, late, returned := time.Now(), make(chan time.Duration, 2), make(chan bool, 1)
		go func() {
			returned <- s.CommitHere(&Changes{Offsets: []Offset{offset(1, 1, 1000)}}, func() { late <- time.Since(begin) })
		}()
		synctest.Wait()
		s.Commit(&Changes{Offsets: []Offset{offset(1, 1, 2000)}}) // it waits for the same write
		if took := <-late; took < hangAfter || took > hangAfter+time.Second {
			t.Fatalf("late after %s", took)
		}
		if !s.CommitHere(&Changes{Offsets: []Offset{offset(1, 1, 3000)}}, never) || time.Since(begin) > hangAfter+time.Second {
			t.Fatalf("the next commits took %s", time.Since(begin))
		}
		time.Sleep(time.Minute)
		if len(returned) > 0 || s.Health() == nil {
			t.Fatal("nothing hangs")
		}
		hanging.hangs.Store(false)
		close(hanging.answer)
		if <-returned {
			t.Error("who was late is not told so")
		}
		time.Sleep(time.Minute)
		if err := s.Health(); err != nil || len(late) > 0 {
			t.Fatalf("%v, late %d times more", err, len(late))
		}
		if !s.CommitHere(&Changes{Offsets: []Offset{offset(1, 1, 4000)}}, never) {
			t.Error("late, and nothing hangs")
		}
		want := s.State()
		mustClose(t, s)
		if l := load(dir.afterPowerLoss(nil)); !reflect.DeepEqual(l.table.state(), want) {
			t.Fatalf("%+v", l.report)
		}
	})
}

// TestCallerWaitsForWhoCarriesOn: a write that hangs returns at the moment in which others
// do what its caller would do next. The caller is not back before that is done: it may be
// the last of whom anybody waits for.
func TestCallerWaitsForWhoCarriesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hanging := &hangingFS{crashFS: newCrashFS(), answer: make(chan struct{})}
		s := openCrash(hanging)
		s.Commit(full())
		hanging.hangs.Store(true)
		var done atomic.Bool
		late := func() {
			hanging.hangs.Store(false)
			close(hanging.answer)
			time.Sleep(time.Second)
			done.Store(true)
		}
		if s.CommitHere(&Changes{Offsets: []Offset{offset(1, 1, 1000)}}, late) || !done.Load() {
			t.Error("the caller is back too early")
		}
		mustClose(t, s)
	})
}

// hangingFS lets writes to logs wait for an answer.
type hangingFS struct {
	*crashFS
	hangs  atomic.Bool
	answer chan struct{}
}

func (h *hangingFS) Open(name string) (disk.File, error) {
	f, err := h.crashFS.Open(name)
	if name == spareLog && err == nil {
		return hangingFile{f, h}, nil
	}
	return f, err
}

type hangingFile struct {
	disk.File
	fs *hangingFS
}

func (f hangingFile) WriteAt(b []byte, at int64) (int, error) {
	if f.fs.hangs.Load() {
		<-f.fs.answer
	}
	return f.File.WriteAt(b, at)
}

// TestDirectoryThatCannotBe: the store opens whatever is in its place, and
// recovers when it can.
func TestDirectoryThatCannotBe(t *testing.T) {
	top := t.TempDir()
	// The directory's parent is a link, so that it can be exchanged at once.
	pointTo := func(target string) {
		t.Helper()
		fresh := filepath.Join(top, "fresh")
		if err := errors.Join(os.Symlink(target, fresh), os.Rename(fresh, filepath.Join(top, "parent"))); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(os.WriteFile(filepath.Join(top, "file"), nil, 0o600), os.Mkdir(filepath.Join(top, "real"), 0o700)); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(top, "parent", "state")
	pointTo("file")
	s := mustOpen(t, dir)
	s.Commit(full())
	want := s.State()
	if r := s.Report(); !r.Unlocked || !r.Fresh || r.Lost || s.Health() == nil || len(want.Generations) != 3 {
		t.Fatalf("report %+v, health %v", r, s.Health())
	}
	pointTo("real")
	mustClose(t, s) // tries once more
	s = mustOpen(t, dir)
	if got := s.State(); !reflect.DeepEqual(got, want) {
		t.Fatalf("got %+v", got)
	}
	mustClose(t, s)

	// State that appears later is not written over.
	pointTo("file")
	s = mustOpen(t, dir)
	s.Commit(&Changes{Identities: []Identity{identity(9)}})
	pointTo("real")
	if err := s.Close(); err == nil || !strings.Contains(err.Error(), "restart shipper") {
		t.Fatalf("closed with %v", err)
	}
	if got, err := Read(dir); err != nil || !reflect.DeepEqual(got, want) {
		t.Fatalf("read %+v, %v", got, err)
	}
}

// TestOddFiles: things in the directory that are no state stop nothing.
func TestOddFiles(t *testing.T) {
	dir := t.TempDir()
	if err := errors.Join(
		syscall.Mkfifo(filepath.Join(dir, snapshotName(7)), 0o600),
		os.Mkdir(filepath.Join(dir, logName(7)), 0o700),
		os.WriteFile(filepath.Join(dir, "notes"), []byte("by hand"), 0o600),
	); err != nil {
		t.Fatal(err)
	}
	s := mustOpen(t, dir)
	if r := s.Report(); !r.Lost || len(r.SetAside) != 2 || s.Health() != nil {
		t.Fatalf("report %+v, health %v", r, s.Health())
	}
	s.Commit(full())
	mustClose(t, s)
	if _, err := os.Stat(filepath.Join(dir, "notes")); err != nil {
		t.Fatal(err)
	}
}
