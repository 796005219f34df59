package logfile

import (
	"bytes"
	"fmt"
	"hash/crc32"
	"os"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"shipper/inputs"
	"shipper/inputs/logfile/settings"
)

func TestPieces(t *testing.T) {
	r := newRig(t, func(c *Config) { c.MaxLine = 10 })
	long := strings.Repeat("0123456789", 3)
	r.append("app.log", "short", long+"abc", "0123456789", long, "end")
	for range 3 { // however it is cut, and across restarts
		r.lines, r.pieces = nil, nil
		clear(r.saved)
		r.restart()
		for range 40 {
			r.in.scan()
			r.ship(12)
			r.restart()
		}
		r.want("short", "0123456789", "0123456789", "0123456789", "abc", "0123456789",
			"0123456789", "0123456789", "0123456789", "end")
		w, m, l := inputs.WholeLine, inputs.PieceMiddle, inputs.PieceLast
		f := inputs.PieceFirst
		if want := []inputs.Piece{w, f, m, m, l, w, f, m, l, w}; !slices.Equal(r.pieces, want) {
			t.Fatalf("pieces %v, want %v", r.pieces, want)
		}
	}
}

func TestLongLineIsReadWholeOrNotAtAll(t *testing.T) {
	r := newRig(t, nil)
	long := strings.Repeat("y", 100_000)
	r.append("app.log", "a", long, "b")
	r.limit = 1000
	r.step()
	r.want("a", long, "b")

	// Without room for it behind other data it waits for the next buffer.
	r.append("app.log", long)
	r.in.scan()
	buf := inputs.NewBuffer(100_200)
	buf.Data = buf.Data[:1000]
	for c := range r.woken {
		seg, more, err := c.Read(t.Context(), buf, 1<<20)
		if err != nil || !more || seg.Start != seg.End {
			t.Fatalf("%d-%d more=%v %v", seg.Start, seg.End, more, err)
		}
	}
}

func TestGrowingUnterminatedLine(t *testing.T) {
	r := newRig(t, nil)
	for range 20 {
		r.write("app.log", strings.Repeat("z", 3000))
		r.step()
		r.want()
	}
	r.write("app.log", "\nnext\nrest")
	r.step()
	r.want(strings.Repeat("z", 60_000), "next")
}

func TestPartial(t *testing.T) {
	r := newRig(t, nil)
	r.write("app.log", "one\ntwo")
	r.step()
	r.clock = r.clock.Add(time.Hour)
	r.step()
	r.want("one") // it may still be written to
	r.write("app.log", "!")
	r.step()
	r.rename("app.log", "app.log.1")
	r.look()
	r.want("one")
	r.append("app.log", "three")
	r.look()
	r.want("one", "three")
	r.clock = r.clock.Add(2 * time.Minute)
	r.step()
	r.in.onTick()
	r.ship(0)
	r.want("one", "three", "two!")
	if p := r.pieces[2]; p != inputs.PiecePartial {
		t.Fatalf("piece %v", p)
	}
	r.wantLate("two!")
	r.restart()
	r.step()
	r.want("one", "three", "two!")
	r.append("app.log.1", " more", "line")
	r.step()
	r.want("one", "three", "two!", " more", "line")
	if p := r.pieces[3]; p != inputs.PieceLast {
		t.Fatalf("piece %v", p)
	}
}

func TestFiltersAndTimes(t *testing.T) {
	r := newRig(t, func(c *Config) {
		c.Include = []*regexp.Regexp{regexp.MustCompile("keep")}
		c.Exclude = []*regexp.Regexp{regexp.MustCompile("secret")}
		c.Timestamp = settings.TimestampParsed
		c.TimestampPattern = regexp.MustCompile(`^t=(\S+)`)
		c.TimestampLayout = "unix_ms"
	})
	r.append("app.log", "drop", "t=1700000000123 keep", "keep secret", "t=x keep")
	r.step()
	r.want("t=1700000000123 keep", "t=x keep")
	if !slices.Equal(r.times, []int64{1700000000123, 0}) {
		t.Fatalf("times %v", r.times)
	}
	if n := r.in.Counters(); n.Filtered != 2 || n.UnparsedTimes != 1 {
		t.Fatalf("%+v", n)
	}
	// Nothing of it wanted: the position moves on nevertheless.
	r.append("app.log", "drop", "drop")
	r.step()
	r.restart()
	r.append("app.log", "t=1 keep")
	r.step()
	r.want("t=1700000000123 keep", "t=x keep", "t=1 keep")
}

func TestRepeat(t *testing.T) {
	for _, maxLine := range []int{0, 64} {
		r := newRig(t, func(c *Config) { c.MaxLine = maxLine })
		r.append("app.log", numbered("a", 0, 500)...)
		r.append("app.log", strings.Repeat("long", 1000))
		r.append("app.log", numbered("b", 0, 500)...)
		r.in.scan()
		var c *Cursor
		for c = range r.woken {
		}
		for {
			one, two := inputs.NewBuffer(5000), inputs.NewBuffer(9000)
			seg, _, err := c.Read(t.Context(), one, 3000)
			if err != nil {
				t.Fatal(err)
			}
			if seg.Len() == 0 {
				break
			}
			again, err := c.Repeat(t.Context(), two, seg.Gen, seg.Start, seg.End)
			if err != nil {
				t.Fatal(err)
			}
			if again.Gen != seg.Gen || again.Len() != seg.Len() || again.Start != seg.Start || again.End != seg.End ||
				crc32.ChecksumIEEE(again.Data) != crc32.ChecksumIEEE(seg.Data) {
				t.Fatalf("%d-%d: repeated as %d-%d, %d records, were %d", seg.Start, seg.End, again.Start, again.End, again.Len(), seg.Len())
			}
			for i := range seg.Len() {
				o1, v1, p1 := seg.At(i)
				o2, v2, p2 := again.At(i)
				if o1 != o2 || !bytes.Equal(v1, v2) || p1 != p2 {
					t.Fatalf("record %d: %d %q %v, repeated %d %q %v", i, o1, v1, p1, o2, v2, p2)
				}
			}
			r.persist(0, c.Commit(&again))
			if _, err := c.Repeat(t.Context(), two, seg.Gen, seg.Start, seg.End); err == nil {
				t.Fatal("repeated what was committed")
			}
		}
		if lag := r.in.Files()[0]; lag.Routes[0].Offset != lag.Size || !lag.Routes[0].UnreadSince.IsZero() {
			t.Fatalf("%+v", lag)
		}
	}
}

func TestStartAtEnd(t *testing.T) {
	r := newRig(t, func(c *Config) {
		c.StartAtEnd = true
		c.Paths = []string{strings.TrimSuffix(c.Paths[0], "app.log") + "*.log"}
	})
	r.append("app.log.1", numbered("a", 0, 10)...)
	r.append("app.log", numbered("b", 0, 10)...)
	r.write("app.log", "half a li")
	r.append("empty.log")
	r.step()
	r.want()
	r.restart() // before anything was written to them
	r.append("app.log", "ne", "c")
	r.append("empty.log", "d")
	r.append("new.log", "e")
	r.step()
	slices.Sort(r.lines)
	r.want("c", "d", "e", "half a line")
	r.wantLate()
}

func TestDeviceNumberChanges(t *testing.T) {
	r := newRig(t, nil)
	r.append("app.log", "a")
	r.step()
	for _, s := range r.saved {
		s.Device++
	}
	r.restart()
	r.append("app.log", "b")
	r.step()
	r.want("a", "b")
}

// TestOtherFileOnAnotherDevice: a file with the inode and the birth of a known one, but on
// another device and without its bytes, is another file, and not that one truncated.
func TestOtherFileOnAnotherDevice(t *testing.T) {
	r := newRig(t, nil)
	r.append("app.log", "a", "b")
	r.step()
	r.stop()
	for _, s := range r.saved {
		s.Device++
	}
	r.truncate("app.log", 0)
	r.append("app.log", "other", "lines")
	r.start()
	r.step()
	r.want("a", "b", "other", "lines")
	if n := r.in.Counters().Truncations; n > 0 {
		t.Errorf("taken for the known one, %d times truncated", n)
	}
}

func TestNotToBeRead(t *testing.T) {
	r := newRig(t, func(c *Config) {
		c.Paths = []string{strings.TrimSuffix(c.Paths[0], "app.log") + "*.log", "/nonexistent-dir-of-shipper/*.log"}
	})
	if err := os.Mkdir(r.path("dir.log"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(r.path("fifo.log"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("app.log", r.path("link.log")); err != nil {
		t.Fatal(err)
	}
	r.append("old.log.1.gz", "not text")
	r.append("app.log", "a")
	for range 3 {
		r.step()
	}
	r.want("a")
	text := r.log.String()
	for _, say := range []string{"FIFO", "is a directory", "symbolic link", "does not exist", "compressed"} {
		if strings.Count(text, say) == 0 || strings.Count(text, "level=WARN") != 5 {
			t.Fatalf("%q is not said, or something twice:\n%s", say, text)
		}
	}
	if n := len(r.in.Problems()); n != 4 {
		t.Fatalf("%d problems: %v", n, r.in.Problems())
	}
	matches, problems, err := Matches(r.cfg)
	if err != nil || len(matches) != 1 || len(problems) != 4 {
		t.Fatalf("%v %v %v", matches, problems, err)
	}
}

func TestDescriptorsAreBounded(t *testing.T) {
	r := newRig(t, func(c *Config) {
		c.Paths = []string{strings.TrimSuffix(c.Paths[0], "app.log") + "*.log"}
	})
	r.budget = NewDescriptors(64)
	r.restart()
	const files = 2000
	for round := range 3 {
		for i := range files {
			r.append(fmt.Sprintf("f%04d.log", i), fmt.Sprintf("%d.%d", round, i))
		}
		r.in.scan()
		if open, limit := r.budget.Usage(); open > limit {
			t.Fatalf("%d open of %d", open, limit)
		}
		r.ship(0)
		if open, limit := r.budget.Usage(); open > limit-16 {
			t.Fatalf("%d open of %d", open, limit)
		}
		if len(r.lines) != files*(round+1) {
			t.Fatalf("%d lines", len(r.lines))
		}
	}
	if n := r.in.Counters(); n.ReadErrors != 0 {
		t.Fatalf("%+v", n)
	}
	// Idle for long, none is open.
	r.clock = r.clock.Add(time.Hour)
	r.in.scan()
	if open, _ := r.budget.Usage(); open != 0 {
		t.Fatalf("%d open", open)
	}
	allocs := testing.AllocsPerRun(5, func() { r.in.scan() })
	if allocs > 100 {
		t.Errorf("%.0f allocations in a scan of %d idle files", allocs, files)
	}
}

func TestReadAllocatesNothing(t *testing.T) {
	r := newRig(t, nil)
	r.append("app.log", numbered("a", 0, 100)...)
	for range 7 {
		b, err := os.ReadFile(r.path("app.log"))
		if err != nil {
			t.Fatal(err)
		}
		r.write("app.log", string(b))
	}
	r.in.scan()
	var c *Cursor
	for c = range r.woken {
	}
	buf := inputs.NewBuffer(8 << 10)
	read := func() *inputs.Segment {
		buf.Reset()
		seg, more, err := c.Read(t.Context(), buf, 4<<10)
		if err != nil || !more || seg.Len() < 20 {
			t.Fatalf("%d records, %v, %v", seg.Len(), more, err)
		}
		return &seg
	}
	for range 3 {
		r.persist(0, c.Commit(read()))
	}
	if n := testing.AllocsPerRun(50, func() { c.Commit(read()) }); n > 1 {
		t.Errorf("%.0f allocations for a read and commit of some 80 lines", n)
	}
}

func TestForget(t *testing.T) {
	r := newRig(t, nil)
	r.append("app.log", "a")
	r.step()
	r.stop()
	r.remove("app.log")
	r.append("other", "keeps the inode busy")
	r.start()
	r.step()
	r.clock = r.clock.Add(71 * time.Hour)
	r.step()
	if len(r.forgot) != 0 {
		t.Fatal("forgot too early")
	}
	r.clock = r.clock.Add(2 * time.Hour)
	r.step()
	if len(r.forgot) != 1 || r.in.absent.Len() != 0 {
		t.Fatalf("forgot %x, %d are left", r.forgot, r.in.absent.Len())
	}
}
