package runway

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"shipper/inputs"
	"shipper/inputs/logfile"
)

// world is an application that writes at a steady rate on a small file system and
// rotates its log, and an input that follows it. Its clock is stepped: a second is
// one step, whatever it takes.
type world struct {
	t    *testing.T
	dir  string
	now  time.Time
	in   *logfile.Input
	born map[uint64]time.Time // by inode, in the world's time
	size int

	mu    sync.Mutex
	woken map[*logfile.Cursor]bool
}

const (
	perStep  = 256 << 10
	rotateAt = 4 << 20
	kept     = 3 // rotated files
)

func newWorld(t *testing.T) *world {
	w := &world{t: t, dir: t.TempDir(), now: time.Unix(1e9, 0), born: map[uint64]time.Time{}, woken: map[*logfile.Cursor]bool{}}
	if err := syscall.Mount("shipper-runway", w.dir, "tmpfs", 0, "size=64m"); err != nil {
		t.Fatalf("mount a small file system (this test needs root): %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(w.dir, 0); err != nil {
			t.Error(err)
		}
	})
	var err error
	w.in, err = logfile.New(logfile.Config{
		Label: "in", Paths: []string{w.dir + "/app.log"}, QuietAfter: time.Millisecond,
	}, logfile.Env{AgentID: "agent", Routes: 1, Wake: func(list []*logfile.Cursor) {
		w.mu.Lock()
		defer w.mu.Unlock()
		for _, c := range list {
			w.woken[c] = true
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { _ = w.in.Run(ctx) })
	t.Cleanup(func() {
		cancel()
		running.Wait()
		if err := w.in.Close(); err != nil {
			t.Error(err)
		}
	})
	return w
}

func (w *world) path(n int) string {
	if n == 0 {
		return filepath.Join(w.dir, "app.log")
	}
	return filepath.Join(w.dir, fmt.Sprintf("app.log.%d", n))
}

// step lets a second pass. It returns ENOSPC when the disk is full.
func (w *world) step() error {
	w.now = w.now.Add(time.Second)
	if w.size >= rotateAt {
		_ = os.Remove(w.path(kept)) // not there at first
		for n := kept; n > 0; n-- {
			_ = os.Rename(w.path(n-1), w.path(n)) // likewise
		}
		w.size = 0
	}
	f, err := os.OpenFile(w.path(0), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	if w.size == 0 {
		w.born[w.inode(0)] = w.now
	}
	line := make([]byte, perStep)
	for i := range line {
		line[i] = 'x'
	}
	line[len(line)-1] = '\n'
	n, err := f.Write(line)
	w.size += n
	return err
}

func (w *world) inode(n int) uint64 {
	info, err := os.Stat(w.path(n))
	if err != nil {
		return 0
	}
	return info.Sys().(*syscall.Stat_t).Ino
}

// look has the input find what is there.
func (w *world) look() {
	w.t.Helper()
	if err := w.in.LookAgain(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

// ship reads and acknowledges everything.
func (w *world) ship() {
	buf := inputs.NewBuffer(1 << 20)
	w.mu.Lock()
	list := w.woken
	w.woken = map[*logfile.Cursor]bool{}
	w.mu.Unlock()
	for c := range list {
		for {
			buf.Reset()
			seg, _, err := c.Read(w.t.Context(), buf, 512<<10)
			if err != nil {
				w.t.Fatal(err)
			}
			if seg.Start == seg.End {
				break
			}
			c.Commit(&seg)
		}
	}
}

// Track gives the world's time for the births of files.
func (w *world) Track(_ time.Time, visit func(string, []logfile.Tracked)) {
	w.in.Track(time.Time{}, func(stream string, files []logfile.Tracked) {
		for i := range files {
			files[i].Born = w.born[files[i].Inode]
		}
		visit(stream, files)
	})
}

func (w *world) observe(o *Observer) Forecast {
	w.look()
	return o.Observe(w.now, []Input{w}, []int{1})[0][0]
}

// near tells whether a forecast made so long before what happened was right within
// a tenth.
func near(left, really time.Duration) bool {
	return math.Abs(left.Seconds()-really.Seconds()) <= really.Seconds()/10
}

// Row h of the plan: at a steady rate the forecast is within a tenth of what then
// happens, for the deletion of the first unshipped file and for the full disk.
func TestForecastComesTrue(t *testing.T) {
	w, o := newWorld(t), New()
	for range 10*rotateAt/perStep + 8 { // ten rotations with an output that takes everything
		if err := w.step(); err != nil {
			t.Fatal(err)
		}
		w.look()
		w.ship()
		if w.now.Unix()%10 == 0 {
			if f := w.observe(o); f.Left != Unlimited {
				t.Fatalf("%s, while everything is shipped", f.String())
			}
		}
	}
	first := w.observe(o)
	if first.IfStopped == Unlimited {
		t.Fatal("nothing was learned of rotation and disk")
	}
	stopped, unread := w.now, w.inode(0)
	var deleted, full time.Time
	type said struct {
		at time.Time
		f  Forecast
	}
	var rotation, disk []said
	for full.IsZero() {
		switch err := w.step(); {
		case errors.Is(err, syscall.ENOSPC):
			full = w.now
		case err != nil:
			t.Fatal(err)
		}
		if w.now.Unix()%10 == 0 {
			f := w.observe(o)
			if deleted.IsZero() {
				rotation = append(rotation, said{w.now, f})
			}
			disk = append(disk, said{w.now, f})
		}
		there := false
		for n := range kept + 1 {
			there = there || w.inode(n) == unread
		}
		if !there && deleted.IsZero() {
			deleted = w.now
		}
	}
	if really := deleted.Sub(stopped); !near(first.IfStopped, really) {
		t.Errorf("before the stop %s were foreseen, it took %s", first.IfStopped, really)
	}
	t.Logf("deleted after %s, full after %s", deleted.Sub(stopped), full.Sub(stopped))
	if len(rotation) < 4 || len(disk) < 4 {
		t.Fatalf("only %d and %d forecasts", len(rotation), len(disk))
	}
	for _, s := range rotation[1:] {
		if really := deleted.Sub(s.at); s.f.Cause != Rotation || really > 10*time.Second && !near(s.f.Left, really) {
			t.Errorf("%s after the stop: %+v, the file was deleted %s later", s.at.Sub(stopped), s.f, really)
		}
	}
	for _, s := range disk[1:] { // the first may still believe in the output
		if really := full.Sub(s.at); really > 10*time.Second && !near(s.f.Full, really) {
			t.Errorf("%s after the stop: the disk full in %s, it took %s", s.at.Sub(stopped), s.f.Full, really)
		}
		if s.at.After(deleted) && s.f.Left != 0 {
			t.Errorf("%s after the stop: %+v, but a file is only held open", s.at.Sub(stopped), s.f)
		}
	}
}
