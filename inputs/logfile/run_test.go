package logfile

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"shipper/inputs"
	"shipper/inputs/logfile/vfs"
)

// TestRun lets writers append and rotate for two seconds while Run looks and one
// lane for each stream reads: every line arrives once and in order.
func TestRun(t *testing.T) {
	for _, deleteAfter := range []int{1000, 5} {
		t.Run(fmt.Sprint("delete after ", deleteAfter), func(t *testing.T) { testRun(t, deleteAfter) })
	}
}

func testRun(t *testing.T, deleteAfter int) {
	const writers = 4
	dir := t.TempDir()
	var paths []string
	for w := range writers {
		paths = append(paths, fmt.Sprintf("%s/w%d/app.log", dir, w))
	}
	type lane struct {
		wake  chan struct{}
		lines []string
		late  int
	}
	var mu sync.Mutex
	lanes := map[*Cursor]*lane{}
	var reading sync.WaitGroup
	ctx, cancel := context.WithCancel(context.Background())
	var shipped atomic.Int64
	read := func(c *Cursor, l *lane) {
		defer reading.Done()
		buf := inputs.NewBuffer(64 << 10)
		for {
			select {
			case <-ctx.Done():
				return
			case <-l.wake:
			}
			for {
				buf.Reset()
				seg, _, err := c.Read(t.Context(), buf, 64<<10)
				if err != nil {
					t.Logf("read: %v", err)
				}
				if err != nil || seg.Start == seg.End {
					break
				}
				mu.Lock()
				for i := range seg.Len() {
					_, v, _ := seg.At(i)
					l.lines = append(l.lines, string(v))
				}
				if seg.Late {
					l.late++
				}
				mu.Unlock()
				shipped.Add(int64(seg.Len()))
				c.Commit(&seg)
			}
		}
	}
	in, err := New(Config{Label: "run", Paths: []string{dir + "/*/app.log"}, ScanInterval: 500 * time.Millisecond}, Env{
		AgentID: "agent", Routes: 1, Descriptors: NewDescriptors(512),
		Wake: each(func(c *Cursor) {
			mu.Lock()
			defer mu.Unlock()
			l := lanes[c]
			if l == nil {
				l = &lane{wake: make(chan struct{}, 1)}
				lanes[c] = l
				reading.Add(1)
				go read(c, l)
			}
			select {
			case l.wake <- struct{}{}:
			default:
			}
		}),
	})
	if err != nil {
		t.Fatal(err)
	}
	var running sync.WaitGroup
	running.Add(1)
	go func() {
		defer running.Done()
		if err := in.Run(ctx); err != nil {
			t.Error(err)
		}
	}()
	var writing sync.WaitGroup
	var written, rotations atomic.Int64
	begun := time.Now()
	going := func() bool { // until enough has happened, on a busy machine, too
		took := time.Since(begun)
		return took < 2*time.Second || (rotations.Load() < 100 && took < 30*time.Second)
	}
	for w, p := range paths {
		writing.Add(1)
		go func() {
			defer writing.Done()
			if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
				t.Error(err)
				return
			}
			rotated := 0
			for n := 0; going(); {
				f, err := os.OpenFile(p, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
				if err != nil {
					t.Error(err)
					return
				}
				for range 20 {
					var b strings.Builder
					for range 50 {
						fmt.Fprintf(&b, "%d %08d %s\n", w, n, strings.Repeat("x", n%100))
						n++
					}
					if _, err := f.WriteString(b.String()); err != nil {
						t.Error(err)
					}
					time.Sleep(time.Millisecond)
				}
				written.Add(1000)
				// Shift the numbers up, as logrotate does.
				last := min(rotated, deleteAfter)
				if rotated >= deleteAfter {
					oldest := fmt.Sprint(p, ".", deleteAfter)
					for !knows(in, oldest) { // what comes and goes between two looks is nobody's
						if time.Since(begun) > time.Minute {
							t.Errorf("%s was never found", oldest)
							return
						}
						time.Sleep(time.Millisecond)
					}
					_ = os.Remove(oldest)
					last--
				}
				for i := last; i >= 1; i-- {
					if err := os.Rename(fmt.Sprint(p, ".", i), fmt.Sprint(p, ".", i+1)); err != nil {
						t.Error(err)
					}
				}
				if err := os.Rename(p, p+".1"); err != nil {
					t.Error(err)
				}
				rotated++
				rotations.Add(1)
				if err := f.Close(); err != nil {
					t.Error(err)
				}
			}
		}()
	}
	writing.Wait()
	for deadline := time.Now().Add(time.Minute); shipped.Load() < written.Load() && time.Now().Before(deadline); {
		time.Sleep(10 * time.Millisecond)
	}
	time.Sleep(50 * time.Millisecond)
	cancel()
	running.Wait()
	reading.Wait()
	n := in.Counters()
	if err := in.Close(); err != nil {
		t.Fatal(err)
	}
	if rotations.Load() < 100 {
		t.Fatalf("only %d rotations", rotations.Load())
	}
	if shipped.Load() != written.Load() {
		t.Errorf("%d lines written, %d shipped, %+v", written.Load(), shipped.Load(), n)
	}
	for c, l := range lanes {
		if !slices.IsSorted(l.lines) {
			t.Errorf("%s is out of order", c.Stream().Name)
		}
		if l.late > 0 {
			t.Errorf("%d late segments of %s", l.late, c.Stream().Name)
		}
	}
	if n.BytesLost != 0 || n.Truncations != 0 {
		t.Errorf("%+v", n)
	}
	t.Logf("%d lines, %d rotations, %+v", written.Load(), rotations.Load(), n)
}

// knows tells whether the input has found the file of a path, and holds or has read it.
func knows(in *Input, path string) bool {
	h, err := vfs.OS.Open(vfs.Place{Root: filepath.Dir(path)}.In(filepath.Base(path)))
	if err != nil {
		return false
	}
	defer h.Close()
	info, err := h.Stat()
	if err != nil {
		return false
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	f := in.files[key{info.Device, info.Inode}]
	return f != nil && f.birth == info.Birth && (f.handle != nil || f.stream != nil && f.finished())
}

// TestRandom does random things to a log and compares with what was written.
// Truncation and deletion happen only when everything was shipped, so that
// nothing may be lost.
func TestRandom(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	if s := os.Getenv("SHIPPER_SEED"); s != "" {
		if _, err := fmt.Sscan(s, &seed); err != nil {
			t.Fatal(err)
		}
	}
	runs := 60
	if s := os.Getenv("SHIPPER_RUNS"); s != "" {
		if _, err := fmt.Sscan(s, &runs); err != nil {
			t.Fatal(err)
		}
	}
	for i := range runs {
		s := seed + uint64(i)
		if ok := t.Run("", func(t *testing.T) { random(t, s) }); !ok {
			t.Fatalf("replay: SHIPPER_SEED=%d go test ./inputs/logfile -run TestRandom", s)
		}
	}
}

func random(t *testing.T, seed uint64) {
	rnd := rand.New(rand.NewPCG(seed, 1))
	r := newRig(t, func(c *Config) { c.MaxLine = 300 })
	r.cfg.QuietAfter = 24 * time.Hour // no partial lines here
	r.restart()
	var want, trace []string
	n, rotated, open := 0, 0, ""
	line := func() string {
		n++
		return fmt.Sprintf("%06d %s", n, strings.Repeat("r", rnd.IntN(120)))
	}
	for range 40 {
		action := rnd.IntN(12)
		switch action {
		case 0, 1, 2, 3:
			for range rnd.IntN(20) {
				l := line()
				want = append(want, open+l)
				r.append("app.log", l)
				open = ""
			}
		case 4: // a line in two writes
			if open == "" {
				open = line()
				r.write("app.log", open)
			}
		case 5, 6: // rotate
			if _, err := os.Stat(r.path("app.log")); err == nil && open == "" {
				for i := rotated; i >= 1; i-- {
					r.rename(fmt.Sprint("app.log.", i), fmt.Sprint("app.log.", i+1))
				}
				r.rename("app.log", "app.log.1")
				rotated++
			}
		case 7:
			r.restart()
		case 8:
			r.in.scan()
			r.ship(200)
		case 9:
			r.look()
		case 10: // truncate what was shipped
			r.step()
			if _, err := os.Stat(r.path("app.log")); err == nil && open == "" {
				if err := os.Truncate(r.path("app.log"), 0); err != nil {
					t.Fatal(err)
				}
			}
		case 11:
			r.clock = r.clock.Add(time.Duration(rnd.IntN(20)) * time.Minute)
			r.step()
		}
		size := int64(-1)
		if i, err := os.Stat(r.path("app.log")); err == nil {
			size = i.Size()
		}
		trace = append(trace, fmt.Sprintf("%d:%d/%d/%d", action, size, len(want), len(r.lines)))
	}
	if open != "" {
		r.append("app.log", "")
		want = append(want, open)
	}
	r.step()
	r.step()
	if !slices.Equal(r.lines, want) {
		i := 0
		for i < min(len(want), len(r.lines)) && want[i] == r.lines[i] {
			i++
		}
		t.Fatalf("%d shipped, %d wanted, they differ from %d on; actions %v; late %d\nshipped %s\nwant %s\n%s",
			len(r.lines), len(want), i, trace, len(r.late), brief(r.lines[i:]), brief(want[i:]), r.log.String())
	}
}
