package failover

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

// What the application of TestRunway does: steadily so much, rotated so, so many
// rotated files kept, on so small a disk.
const (
	steady  = 1600 << 10 // bytes a second
	turnAt  = 6 * time.Second
	keeping = 3
	disk    = "64m"
)

// TestRunway: Kafka goes away under an application whose rotation would delete what
// is not shipped within half a minute, and fill the disk if that is held open. With
// when_runway_below that is put aside in time: no line is lost though the agent is
// killed when its files are gone, and the application can write all the time. Without
// it both losses come about.
func TestRunway(t *testing.T) {
	for _, diverts := range []bool{true, false} {
		t.Run(fmt.Sprintf("diverts=%v", diverts), func(t *testing.T) {
			t.Parallel()
			below := "0s"
			if diverts {
				below = "12s"
			}
			logs := t.TempDir()
			if err := syscall.Mount("shipper-failover", logs, "tmpfs", 0, "size="+disk); err != nil {
				t.Fatalf("mount a small file system (this test needs root): %v", err)
			}
			s := newStory(t, settings{
				logs:     logs,
				failover: fmt.Sprintf("after = \"1h\"\n    return_after = \"0s\"\n    when_runway_below = %q", below),
				kafka:    `compression = "zstd"`, bucket: `object_size = "2MiB"`,
			})
			t.Cleanup(func() {
				s.stop()
				if err := syscall.Unmount(logs, 0); err != nil {
					t.Error(err)
				}
			})
			read := s.read()
			s.start()
			app := &steadily{s: s, turned: time.Now()}
			for app.deleted < 2 { // what rotation keeps is known then
				app.step()
			}
			s.until("what was written steadily arrives", func() bool { return read.reached(s.logs) })

			s.kafka.away.Store(true)
			app.deleted = 0
			span := 45 * time.Second
			if !diverts { // until the disk is full, on a busy machine, too
				span = 4 * time.Minute
			}
			for begun := time.Now(); time.Since(begun) < span && app.full == nil; {
				app.step()
			}
			if app.deleted < keeping+1 {
				t.Fatalf("only %d files were deleted", app.deleted)
			}
			must(t, s.agent.Kill()) // what it held open is gone
			s.kafka.away.Store(false)
			s.turn(app.name())
			s.write(app.name(), 1) // the disk has room again
			s.start()
			s.until("what there still is arrives", func() bool { return read.reached(s.logs) })

			_, missing, twice := read.seen()
			t.Logf("%d files deleted unshipped, the application stopped by %v, %d lines of %d lost, %d bytes twice",
				app.deleted, app.full, missing, s.logs[app.name()].lines, twice)
			if !diverts {
				if missing == 0 || app.full == nil || s.said("stalled → diverting") > 0 {
					t.Error("nothing was lost: the other story shows nothing")
				}
				return
			}
			if app.full != nil || missing > 0 {
				t.Errorf("%d lines are lost, and the application was stopped by %v", missing, app.full)
			}
			if most := int64(partitions*(512<<10) + 2<<20); twice > most {
				t.Errorf("%d bytes twice after one kill, at most %d are allowed", twice, most)
			}
			if log, _ := os.ReadFile(s.dir + "/agent.log"); !strings.Contains(string(log), "lines would be lost in") {
				t.Error("the agent's log does not say why it diverts")
			}
		})
	}
}

// long is what its lines end with.
var long = strings.Repeat(words+" ", 8)

// steadily is the application.
type steadily struct {
	s       *story
	turned  time.Time
	deleted int
	full    error // why it can't write any more
}

func (a *steadily) name() string { return "app" }

// step writes for a tenth of a second, and rotates when that is due.
func (a *steadily) step() {
	a.s.t.Helper()
	begun := time.Now()
	if begun.Sub(a.turned) >= turnAt {
		a.turned = a.turned.Add(turnAt)
		if a.s.logs[a.name()].rotate == keeping {
			a.s.dropOldest(a.name())
			a.deleted++
		}
		a.s.turn(a.name())
	}
	if err := a.s.append(a.name(), steady/10/len(long), long); errors.Is(err, syscall.ENOSPC) {
		a.full = err
	} else {
		must(a.s.t, err)
	}
	time.Sleep(time.Until(begun.Add(100 * time.Millisecond)))
}
