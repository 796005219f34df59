package logfile

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"shipper/inputs"
	"shipper/inputs/logfile/split"
)

func joined(c *Config) { c.JoinStart = regexp.MustCompile(`^[A-Z]`) }

// wait lets time pass, as onTick would notice it.
func (r *rig) wait(d time.Duration) {
	r.t.Helper()
	r.clock = r.clock.Add(d)
	r.in.onTick()
	r.ship(0)
}

func TestJoinedLines(t *testing.T) {
	r := newRig(t, joined)
	r.append("app.log", "A", " a", " b", "B")
	r.step()
	r.want("A\n a\n b")
	r.restart() // the open one is read again
	r.step()
	r.append("app.log", " c")
	r.wait(time.Second)
	r.step()
	r.want("A\n a\n b")
	r.wait(4 * time.Second)
	r.want("A\n a\n b")
	r.wait(time.Second)
	r.want("A\n a\n b", "B\n c")
	if n := r.in.Counters(); n.TimedOut != 1 || n.Pieces != 0 {
		t.Fatalf("%+v", n)
	}
	// What comes too late is a record of its own, and says so.
	r.append("app.log", " late", "C")
	r.step()
	r.want("A\n a\n b", "B\n c", " late")
	if p := r.pieces[2]; p != inputs.PieceLast {
		t.Fatalf("piece %v", p)
	}
}

// TestJoinedLinesAtRotation shows that the last record of a rotated file, which
// waits for more of its lines, is not overtaken by the next file.
func TestJoinedLinesAtRotation(t *testing.T) {
	r := newRig(t, joined)
	r.append("app.log", "A", " a", "B", " b")
	r.step()
	r.rename("app.log", "app.log.1")
	r.append("app.log", "C", "D")
	r.look()
	r.want("A\n a")
	r.append("app.log.1", " b2")
	r.look()
	r.want("A\n a")
	r.wait(3 * time.Second)
	r.want("A\n a")
	r.wait(3 * time.Second)
	r.want("A\n a", "B\n b\n b2", "C", "D")
	r.wantLate()

	// One that goes on being written to holds its successor no longer.
	r.rename("app.log.1", "app.log.2")
	r.rename("app.log", "app.log.1")
	r.append("app.log.1", "E")
	r.append("app.log", "F", "G")
	r.look()
	for range 7 {
		r.append("app.log.1", " e")
		r.step()
		r.wait(time.Second)
	}
	r.want("A\n a", "B\n b\n b2", "C", "D", "F", "G")
	r.wait(10 * time.Second)
	r.want("A\n a", "B\n b\n b2", "C", "D", "F", "G", "E"+strings.Repeat("\n e", 7))
	r.wantLate("E" + strings.Repeat("\n e", 7))
}

func TestContainerLog(t *testing.T) {
	r := newRig(t, func(c *Config) { c.CRI = true })
	line := func(rest string) string { return "2026-01-02T15:04:05.123456789Z " + rest }
	r.append("app.log", line("stdout F one"), line("stdout P two "), line("stderr F error"))
	r.step()
	r.want("one")
	r.restart()
	r.append("app.log", line("stdout P and "), line("stdout F three"), "no container wrote this")
	r.step()
	r.want("one", "two and three", "error", "no container wrote this")
	if !slices.Equal(r.times, []int64{1767366245123, 1767366245123, 1767366245123, 0}) {
		t.Fatalf("times %v", r.times)
	}
	// A container that died leaves its last piece.
	r.append("app.log", line("stderr P unfinished"))
	r.step()
	r.wait(6 * time.Second)
	r.want("one", "two and three", "error", "no container wrote this", "unfinished")
	if n := r.in.Counters(); n.TimedOut != 1 || n.Malformed != 1 {
		t.Fatalf("%+v", n)
	}
}

// TestRepeatOfAnyCut repeats each segment from what is known of it alone.
func TestRepeatOfAnyCut(t *testing.T) {
	for name, change := range map[string]func(*Config){
		"joined": joined,
		"cri":    func(c *Config) { c.CRI, c.MaxLine = true, 300 },
		"skip":   func(c *Config) { c.OnLongLine, c.MaxLine = split.Skip, 100 },
		"crlf":   func(c *Config) { c.StripCR = true },
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, change)
			seed := rand.Uint64()
			t.Logf("seed %d", seed)
			random := rand.New(rand.NewPCG(seed, 0))
			parts := []string{
				"A line\n", " more\n", "x\r\n", strings.Repeat("long", 50) + "\n", "\n",
				"2026-01-02T15:04:05Z stdout P one\n", "2026-01-02T15:04:05Z stderr F two\n", "2026-01-02T15:04:05Z stdout F three\n",
			}
			for range 400 {
				r.write("app.log", parts[random.IntN(len(parts))])
			}
			r.write("app.log", "\x00\x00no newline")
			r.in.scan()
			var c *Cursor
			for c = range r.woken {
			}
			cut := 0
			for idle := 0; idle < 8; {
				one, two := inputs.NewBuffer(2000), inputs.NewBuffer(2000)
				seg, _, err := c.Read(t.Context(), one, 1+random.IntN(600))
				if err != nil {
					t.Fatal(err)
				}
				if seg.Start == seg.End {
					if idle++; idle == 2 {
						r.rename("app.log", "app.log.1")
						r.append("app.log")
					}
					r.clock = r.clock.Add(2 * time.Minute)
					r.in.scan()
					r.in.onTick()
					continue
				}
				again, err := c.Repeat(t.Context(), two, seg.Gen, seg.Start, seg.End)
				if err != nil {
					t.Fatal(err)
				}
				if !bytes.Equal(again.Data, seg.Data) || again.Len() != seg.Len() ||
					(again.Records != nil && seg.Records != nil && !slices.Equal(again.Records, seg.Records)) {
					t.Fatalf("%d-%d %q: %+v, repeated %+v", seg.Start, seg.End, seg.Data, seg.Records, again.Records)
				}
				for i := range seg.Len() {
					o1, v1, _ := seg.At(i)
					o2, v2, _ := again.At(i)
					if o1 != o2 || !bytes.Equal(v1, v2) {
						t.Fatalf("%d %q, repeated %d %q", o1, v1, o2, v2)
					}
				}
				r.persist(0, c.Commit(&again))
				cut++
			}
			if cut < 10 {
				t.Fatalf("%d segments", cut)
			}
			if f := r.in.Files()[1]; f.Routes[0].Offset != f.Size {
				t.Fatalf("%+v", f)
			}
		})
	}
}

func TestLongLinesSkipped(t *testing.T) {
	r := newRig(t, func(c *Config) { c.MaxLine, c.OnLongLine = 100, split.Skip })
	r.append("app.log", "a", strings.Repeat("x", 1000), "b")
	r.write("app.log", strings.Repeat("y", 250))
	for range 20 {
		r.in.scan()
		r.ship(150)
		r.restart()
	}
	r.write("app.log", "yyy\nc\nunterminated")
	r.step()
	r.want("a", "b", "c")
	// A last line that was shipped without its newline was not too long.
	r.rename("app.log", "app.log.1")
	r.look()
	r.append("app.log")
	r.look()
	r.wait(2 * time.Minute)
	r.write("app.log.1", " goes on\nd\n")
	r.step()
	r.want("a", "b", "c", "unterminated", " goes on", "d")
	if n := r.in.Counters(); n.Pieces != 1 {
		t.Fatalf("%+v", n)
	}

	r = newRig(t, func(c *Config) { c.MaxLine, c.OnLongLine = 100, split.Skip })
	r.append("app.log", strings.Repeat("x", 1000), "b", strings.Repeat("z", 101))
	r.step()
	r.want("b")
	if n := r.in.Counters(); n.LongLines != 2 || n.SkippedBytes != 1101 {
		t.Fatalf("%+v", n)
	}
	if n := strings.Count(r.log.String(), "longer than max_line"); n != 1 {
		t.Fatalf("told %d times:\n%s", n, r.log.String())
	}
}

// TestNULsAtTheEnd: a file system may show the size before the bytes.
func TestNULsAtTheEnd(t *testing.T) {
	r := newRig(t, nil)
	r.write("app.log", "one\ntw"+strings.Repeat("\x00", 5000))
	r.step()
	r.want("one")
	overwrite := func(at int64, text string) {
		t.Helper()
		f, err := os.OpenFile(r.path("app.log"), os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if _, err := f.WriteAt([]byte(text), at); err != nil {
			t.Fatal(err)
		}
		r.clock = r.clock.Add(time.Second)
		if err := os.Chtimes(r.path("app.log"), r.clock, r.clock); err != nil {
			t.Fatal(err)
		}
	}
	overwrite(6, "o\nthree\nfo")
	r.step()
	r.want("one", "two", "three")
	r.restart()
	overwrite(16, "ur\n")
	r.step()
	r.want("one", "two", "three", "four")
	r.wait(2 * time.Minute)
	r.wait(2 * time.Minute)
	if n := strings.Count(r.log.String(), "ends in NULs"); n != 1 {
		t.Fatalf("told %d times:\n%s", n, r.log.String())
	}
	// NULs that have bytes behind them are bytes like any.
	r.write("app.log", "x\n")
	r.step()
	r.want("one", "two", "three", "four", strings.Repeat("\x00", 5006-19)+"x")
	// Those that a sealed file ends in are counted.
	r.write("app.log", "end\x00\x00\x00")
	r.step()
	r.rename("app.log", "app.log.1")
	r.append("app.log", "next")
	r.look()
	r.wait(2 * time.Minute)
	if got := r.lines[len(r.lines)-2:]; !slices.Equal(got, []string{"next", "end"}) {
		t.Fatalf("%q", got)
	}
	for _, f := range r.in.Files() {
		if f.Routes[0].Offset != f.Size {
			t.Fatalf("%+v\n%s", f, r.log.String())
		}
	}
	if n := r.in.Counters(); n.GapBytes != 3 || n.NULWaits == 0 {
		t.Fatalf("%+v", n)
	}
}

// TestMoreNULsThanALine: room that an application reserved is no over-long line.
func TestMoreNULsThanALine(t *testing.T) {
	r := newRig(t, func(c *Config) { c.MaxLine = 1000 })
	r.write("app.log", "one\ntwo"+strings.Repeat("\x00", 1<<20))
	for range 3 {
		r.step()
		r.restart()
	}
	r.want("one")
	f, err := os.OpenFile(r.path("app.log"), os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteAt([]byte("!\nthree\n"), 7); err != nil {
		t.Fatal(err)
	}
	r.clock = r.clock.Add(time.Second)
	if err := os.Chtimes(r.path("app.log"), r.clock, r.clock); err != nil {
		t.Fatal(err)
	}
	r.step()
	r.want("one", "two!", "three")
}

// TestHole: a writer without O_APPEND goes on at its old place after its log was
// truncated.
func TestHole(t *testing.T) {
	for _, size := range []int64{100, 5000, 1 << 30} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			r := newRig(t, nil)
			w, err := os.Create(r.path("app.log"))
			if err != nil {
				t.Fatal(err)
			}
			defer w.Close()
			if _, err := w.WriteString("one\n"); err != nil {
				t.Fatal(err)
			}
			r.step()
			if err := os.Truncate(r.path("app.log"), 0); err != nil {
				t.Fatal(err)
			}
			r.step()
			if _, err := w.WriteAt([]byte("two\nthree\n"), size); err != nil {
				t.Fatal(err)
			}
			r.step()
			r.want("one", "two", "three")
			r.restart()
			if _, err := w.WriteAt([]byte("four\n"), size+10); err != nil {
				t.Fatal(err)
			}
			r.step()
			r.want("one", "two", "three", "four")
			if !strings.Contains(r.log.String(), "a gap in a file was passed over") || strings.Contains(r.log.String(), "ERROR") {
				t.Fatal(r.log.String())
			}
		})
	}
}

// TestStartAtTime: what was last written before the time is passed over.
func TestStartAtTime(t *testing.T) {
	r := newRig(t, nil)
	r.cfg.Paths = []string{r.dir + "/*.log"}
	r.cfg.StartAt = r.clock.Add(-time.Hour)
	r.append("old.log", "a")
	r.append("recent.log", "b")
	long := r.clock.Add(-2 * time.Hour)
	if err := os.Chtimes(r.path("old.log"), long, long); err != nil {
		t.Fatal(err)
	}
	r.restart()
	r.step()
	r.want("b")
	r.append("old.log", "c")
	r.append("new.log", "d")
	if err := os.Chtimes(r.path("new.log"), long, long); err != nil {
		t.Fatal(err)
	}
	r.restart()
	r.step()
	slices.Sort(r.lines)
	r.want("b", "c", "d")
}
