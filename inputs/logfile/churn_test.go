package logfile

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"sync"
	"syscall"
	"testing"
	"time"

	"shipper/inputs"
)

// TestInodesAreReused creates, writes and deletes one name again and again, each
// as soon as it was shipped, every tenth time with the agent stopped meanwhile.
func TestInodesAreReused(t *testing.T) {
	cycles := 5000
	if s := os.Getenv("SHIPPER_CYCLES"); s != "" {
		if _, err := fmt.Sscan(s, &cycles); err != nil {
			t.Fatal(err)
		}
	}
	r := newRig(t, nil)
	r.step()
	seen := map[uint64]bool{}
	reused := 0
	for i := range cycles {
		stopped := i%10 == 9
		if stopped {
			r.stop()
		}
		// The head is the same for all, longer and shorter by turns.
		r.write("app.log", "# the same first line\n")
		for j := range i%7 + 1 {
			r.write("app.log", fmt.Sprintf("%06d.%d\n", i, j))
		}
		if n := inode(t, r.path("app.log")); seen[n] {
			reused++
		} else {
			seen[n] = true
		}
		if stopped {
			r.start()
			r.in.scan()
			r.ship(0)
		} else {
			r.look()
		}
		if want := i%7 + 2; len(r.lines) != want || r.lines[want-1] != fmt.Sprintf("%06d.%d", i, want-2) || len(r.late) > 0 {
			t.Fatalf("cycle %d: %q, late %v\n%s", i, r.lines, r.late, r.log.String())
		}
		ids := r.ids["# the same first line"]
		if len(ids) != 1 {
			t.Fatalf("cycle %d: generations %x", i, ids)
		}
		r.lines, r.pieces, r.times = nil, nil, nil
		clear(r.ids)
		r.log.Reset()
		if r.in != nil && i%10 != 8 {
			r.remove("app.log")
		} else { // deleted while it is stopped
			r.stop()
			r.remove("app.log")
			r.start()
			r.step()
		}
		if i%100 == 0 { // let the deleted ones go
			r.clock = r.clock.Add(2 * time.Minute)
			r.step()
		}
	}
	if n := r.in.Counters().BytesLost; n != 0 {
		t.Errorf("%d bytes lost", n)
	}
	t.Logf("%d of %d files had an inode that was used before", reused, cycles)
	if reused < cycles/10 {
		t.Skipf("this file system reused %d inodes of %d: it shows nothing", reused, cycles)
	}
}

// TestRenamedAllTheTime renames one file every 50 ms at 20,000 lines a second,
// with only the live name in paths, and tells what looking and reading cost.
func TestRenamedAllTheTime(t *testing.T) {
	span := 10 * time.Second
	switch {
	case testing.Short():
		span = 2 * time.Second
	case os.Getenv("SHIPPER_TORTURE") != "":
		span = time.Minute
	}
	live := t.TempDir() + "/app.log"
	var mu sync.Mutex
	wake := make(chan *Cursor, 1000)
	in, err := New(Config{Label: "run", Paths: []string{live}}, Env{
		AgentID: "agent", Routes: 1, Descriptors: NewDescriptors(1024),
		Wake: each(func(c *Cursor) {
			select {
			case wake <- c:
			default:
			}
		}),
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	shipped, late := 0, 0
	running.Go(func() {
		if err := in.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	running.Go(func() {
		buf := inputs.NewBuffer(512 << 10)
		for {
			select {
			case <-ctx.Done():
				return
			case c := <-wake:
				for more := true; more; {
					buf.Reset()
					var seg inputs.Segment
					if seg, more, err = c.Read(t.Context(), buf, 512<<10); err != nil || seg.Start == seg.End {
						break
					}
					mu.Lock()
					for i := range seg.Len() {
						_, v, _ := seg.At(i)
						if want := fmt.Sprintf("%09d", shipped); string(v[:9]) != want {
							t.Errorf("line %q, want %s", v[:9], want)
							mu.Unlock()
							return
						}
						shipped++
					}
					if seg.Late {
						late++
					}
					mu.Unlock()
					c.Commit(&seg)
				}
			}
		}
	})
	// On a machine that is busy with other things it takes longer until enough has happened.
	written, renames, enough := 0, 0, int(span/(100*time.Millisecond))
	before, begun := cpu(), time.Now()
	for took := time.Duration(0); took < span || (renames < enough && took < 10*span); took = time.Since(begun) {
		f, err := os.OpenFile(live, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
		if err != nil {
			t.Fatal(err)
		}
		w := bufio.NewWriterSize(f, 16<<10)
		until := begun.Add(time.Duration(renames+1) * 50 * time.Millisecond)
		for idle := true; idle || time.Now().Before(until); idle = false {
			for ; float64(written) < time.Since(begun).Seconds()*20_000; written++ {
				fmt.Fprintf(w, "%09d a line as an application writes it, of some hundred bytes in all, or a little more\n", written)
			}
			if err := w.Flush(); err != nil {
				t.Fatal(err)
			}
			time.Sleep(5 * time.Millisecond)
		}
		_ = f.Close()
		renames++
		if err := os.Rename(live, fmt.Sprintf("%s-20260102.%06d", live, renames)); err != nil {
			t.Fatal(err)
		}
	}
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline) && !t.Failed(); time.Sleep(10 * time.Millisecond) {
		mu.Lock()
		done := shipped >= written
		mu.Unlock()
		if done {
			break
		}
	}
	used := cpu() - before
	time.Sleep(100 * time.Millisecond)
	cancel()
	running.Wait()
	if shipped != written || late > 0 || renames < enough {
		t.Errorf("%d of %d lines, %d late segments, %d renames, %+v", shipped, written, late, renames, in.Counters())
	}
	if err := in.Close(); err != nil {
		t.Error(err)
	}
	t.Logf("%d lines, %d renames: %v of CPU with the writer and the comparison", written, renames, used)
}

// cpu is what this process has used, in user and system mode.
func cpu() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u) // can't fail
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
