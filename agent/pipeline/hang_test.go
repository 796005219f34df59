package pipeline

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"shipper/inputs/logfile/vfs"
	"shipper/testing/await"
)

// sick is a file system of which the files named sick-* are on a device of their
// own, whose reads hang or fail on demand.
type sick struct {
	vfs.FS
	mu     sync.Mutex
	hang   chan struct{} // nil while nothing hangs; closed when that is over
	fail   error
	slow   func() bool // a read takes until it says so; nil for none
	late   bool        // what hangs has read already, and is not of a file's beginning
	inside int         // reads that hang
}

func (s *sick) set(hang chan struct{}, fail error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hang, s.fail = hang, fail
}

func (s *sick) hanging() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.inside
}

func (s *sick) List(dir vfs.Place, visit func(*vfs.Entry)) (vfs.Info, error) {
	return s.FS.List(dir, func(e *vfs.Entry) {
		inner := e.Stater
		e.Stater = sickEntry{inner}
		visit(e)
		e.Stater = inner
	})
}

func (s *sick) Open(file vfs.Place) (vfs.File, error) {
	f, err := s.FS.Open(file)
	if err == nil && isSick(file.Rel) {
		f = &sickFile{f, s}
	}
	return f, err
}

func isSick(name string) bool { return strings.HasPrefix(name, "sick-") }

const otherDevice = 1 << 40

type sickEntry struct {
	inner interface {
		StatEntry(*vfs.Entry, bool) (vfs.Info, error)
	}
}

func (s sickEntry) StatEntry(e *vfs.Entry, follow bool) (vfs.Info, error) {
	info, err := s.inner.StatEntry(e, follow)
	if isSick(string(e.Name)) {
		info.Device += otherDevice
	}
	return info, err
}

type sickFile struct {
	vfs.File
	of *sick
}

func (f *sickFile) Stat() (vfs.Info, error) {
	info, err := f.File.Stat()
	info.Device += otherDevice
	return info, err
}

func (f *sickFile) Pread(p []byte, offset int64) (got int, failed error) {
	f.of.mu.Lock()
	hang, fail, slow, late := f.of.hang, f.of.fail, f.of.slow, f.of.late
	if late && offset == 0 {
		hang = nil
	}
	if hang != nil {
		f.of.inside++
	}
	f.of.mu.Unlock()
	if late {
		n, err := f.File.Pread(p, offset)
		defer func() { got, failed = n, err }()
	}
	if hang != nil {
		<-hang
		f.of.mu.Lock()
		f.of.inside--
		f.of.mu.Unlock()
	}
	for slow != nil && !slow() {
		time.Sleep(time.Millisecond)
	}
	if fail != nil {
		return 0, fail
	}
	return f.File.Pread(p, offset)
}

// patients are a rig with sick and healthy logs, all of them known and shipped, on
// one shard or on many.
func patients(t *testing.T, lanes int, shards int32, sickLogs, healthyLogs int) (*rig, *sick, *written) {
	t.Helper()
	r := newRig(t, &scripted{shards: shards})
	fs := &sick{FS: vfs.OS}
	r.fs, r.lanes = fs, lanes
	w := &written{rig: r, lines: map[string][]string{}}
	for i := range sickLogs {
		w.names = append(w.names, fmt.Sprintf("sick-%d.log", i))
	}
	for i := range healthyLogs {
		w.names = append(w.names, fmt.Sprintf("healthy-%d.log", i))
	}
	w.append(0)
	r.start(nil)
	w.arrive("")
	return r, fs, w
}

// written is what the logs hold.
type written struct {
	*rig
	names []string
	lines map[string][]string
}

// append writes a few lines to each log.
func (w *written) append(round int) {
	w.t.Helper()
	for _, name := range w.names {
		all, text := lines(fmt.Sprintf("%s#%d", name, round), 3)
		w.write(name, text)
		w.lines[name] = append(w.lines[name], all...)
	}
}

// arrive waits for all lines of the logs whose name begins so, exactly once and in
// order, and returns how long that took.
func (w *written) arrive(prefix string) time.Duration {
	w.t.Helper()
	begun := time.Now()
	for {
		got := map[string][]string{}
		for _, line := range w.out.delivered() {
			name, _, _ := strings.Cut(line, "#")
			got[name] = append(got[name], line)
		}
		missing := ""
		for _, name := range w.names {
			if strings.HasPrefix(name, prefix) && !slices.Equal(got[name], w.lines[name]) {
				missing = fmt.Sprintf("%s: %q, want %q", name, got[name], w.lines[name])
			}
		}
		if missing == "" {
			return time.Since(begun)
		}
		if time.Since(begun) > patience {
			w.t.Fatal(missing)
		}
		time.Sleep(2 * time.Millisecond)
	}
}

// TestHangingReadsHoldUpNobodyElse: as many logs as there are lanes, and more, are
// on a file system whose reads do not return. What the others write arrives at
// once, also on the shard of those that hang, and nothing is missing afterwards.
func TestHangingReadsHoldUpNobodyElse(t *testing.T) {
	for _, c := range []struct {
		lanes int
		shard int32
	}{{1, 1}, {2, 1}, {4, 1}, {4, 40}} {
		t.Run(fmt.Sprintf("%d lanes, %d shards", c.lanes, c.shard), func(t *testing.T) {
			r, fs, w := patients(t, c.lanes, c.shard, c.lanes+4, 6)
			defer r.stop()
			over := make(chan struct{})
			fs.set(over, nil)
			release := sync.OnceFunc(func() { fs.set(nil, nil); close(over) })
			defer release()
			w.append(1)
			// A read may be overdue after twice overdue.After; each lane may meet
			// one, at the same time as the others. The bound is generous.
			const most = 10 * time.Second
			if took := w.arrive("healthy-"); took > most {
				t.Errorf("what others wrote first took %v", took)
			}
			await.True(t, patience, "reads hang", func() bool { return fs.hanging() >= max(1, c.lanes/2) })
			for round := 2; round < 5; round++ {
				w.append(round)
				if took := w.arrive("healthy-"); took > most {
					t.Errorf("what others wrote took %v while %d reads hang", took, fs.hanging())
				}
			}
			if n := fs.hanging(); n > 2*c.lanes {
				t.Errorf("%d reads hang, with %d lanes", n, c.lanes)
			}
			release()
			w.append(5)
			w.arrive("")
			if r.out.overlap {
				t.Error("two batches of a shard were under way at once")
			}
			await.True(t, patience, "no read hangs", func() bool { return !r.pipe.lanes.Hangs() })
		})
	}
}

// TestNewLogsThatHang: logs that can't be read are found before others are.
func TestNewLogsThatHang(t *testing.T) {
	r, fs, w := patients(t, 2, 1, 0, 1)
	defer r.stop()
	over := make(chan struct{})
	fs.set(over, nil)
	release := sync.OnceFunc(func() { fs.set(nil, nil); close(over) })
	defer release()
	for round := 1; round < 4; round++ {
		w.names = []string{fmt.Sprintf("sick-%d.log", round)}
		w.append(round)
		await.True(t, patience, "a read hangs", func() bool { return fs.hanging() > 0 })
		w.names = []string{"healthy-0.log", fmt.Sprintf("healthy-%d.log", round)}
		w.append(round)
		w.arrive("healthy-")
	}
	release()
	for name := range w.lines {
		w.names = append(w.names, name)
	}
	w.arrive("")
}

// TestSlowReadsArrive: every read of a log takes so long that it is overdue. If what
// it brings were dropped and read again, nothing would ever arrive.
func TestSlowReadsArrive(t *testing.T) {
	r, fs, w := patients(t, 2, 1, 1, 2)
	defer r.stop()
	fs.mu.Lock()
	fs.slow = r.pipe.lanes.Hangs
	fs.mu.Unlock()
	for round := 1; round < 3; round++ {
		w.append(round)
		w.arrive("")
	}
}

// TestWrittenWhileAReadReturns: a read that hung brings all that there was when it read.
// What was written since, and noticed before the read has returned, is read, too, though
// nothing is written after it.
func TestWrittenWhileAReadReturns(t *testing.T) {
	r, fs, w := patients(t, 2, 1, 1, 0)
	defer r.stop()
	for round := 1; round < 9; round++ { // the next read is not of the file's beginning
		w.append(round)
	}
	w.arrive("")
	over := make(chan struct{})
	fs.mu.Lock()
	fs.late = true
	fs.mu.Unlock()
	fs.set(over, nil)
	release := sync.OnceFunc(func() { fs.set(nil, nil); close(over) })
	defer release()
	w.append(9)
	await.True(t, patience, "a read hangs", func() bool { return fs.hanging() > 0 })
	await.True(t, patience, "it is overdue", r.pipe.lanes.Hangs)
	w.append(10)
	if err := r.input.LookAgain(t.Context()); err != nil {
		t.Fatal(err)
	}
	release()
	w.arrive("")
}

// TestReadErrorsHoldUpNobodyElse: EIO and ESTALE concern one log only, which goes
// on when they are over.
func TestReadErrorsHoldUpNobodyElse(t *testing.T) {
	for _, errno := range []syscall.Errno{syscall.EIO, syscall.ESTALE} {
		t.Run(errno.Error(), func(t *testing.T) {
			r, fs, w := patients(t, 2, 1, 1, 3)
			defer r.stop()
			fs.set(nil, errno)
			w.append(1)
			w.arrive("healthy-")
			await.True(t, patience, "a read has failed", func() bool { return r.input.Counters().ReadErrors > 0 })
			w.append(2)
			w.arrive("healthy-")
			fs.set(nil, nil)
			w.arrive("")
		})
	}
}
