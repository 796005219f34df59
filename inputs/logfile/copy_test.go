package logfile

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"shipper/inputs/logfile/descriptors"
	"shipper/inputs/logfile/shown"
	"shipper/testing/await"
	"shipper/testing/need"
)

// copyFile copies the first n bytes of a file, or all if n is negative.
func (r *rig) copyFile(from, to string, n int) {
	r.t.Helper()
	b, err := os.ReadFile(r.path(from))
	if err != nil {
		r.t.Fatal(err)
	}
	if n >= 0 {
		b = b[:n]
	}
	if err := os.WriteFile(r.path(to), b, 0o644); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) truncate(name string, size int64) {
	r.t.Helper()
	if err := os.Truncate(r.path(name), size); err != nil {
		r.t.Fatal(err)
	}
}

// compress does what a rotation does: the compressed file is complete before the
// plain one goes.
func (r *rig) compress(name, suffix string) {
	r.t.Helper()
	r.compressed(name, name+suffix)
	r.remove(name)
}

func (r *rig) compressed(from, to string) {
	r.t.Helper()
	b, err := os.ReadFile(r.path(from))
	if err != nil {
		r.t.Fatal(err)
	}
	var out bytes.Buffer
	switch {
	case strings.HasSuffix(to, ".gz"):
		w := gzip.NewWriter(&out)
		_, _ = w.Write(b) // to memory
		_ = w.Close()
	default:
		tool := map[string]string{".bz2": "bzip2", ".zst": "zstd"}[to[strings.LastIndexByte(to, '.'):]]
		if err := need.Programs(r.t.Context(), map[string]string{tool: tool}); err != nil {
			r.t.Fatal(err)
		}
		cmd := exec.Command(tool, "-c")
		cmd.Stdin, cmd.Stdout = bytes.NewReader(b), &out
		if err := cmd.Run(); err != nil {
			r.t.Fatal(tool, err)
		}
	}
	if err := os.WriteFile(r.path(to), out.Bytes(), 0o644); err != nil {
		r.t.Fatal(err)
	}
	i, err := os.Stat(r.path(from))
	if err != nil {
		r.t.Fatal(err)
	}
	if err := os.Chtimes(r.path(to), i.ModTime(), i.ModTime()); err != nil {
		r.t.Fatal(err)
	}
}

// again goes on after a restart and some time: nothing comes twice.
func (r *rig) again(want []string) {
	r.t.Helper()
	r.restart()
	r.step()
	r.step()
	r.want(want...)
	r.clock = r.clock.Add(2 * time.Minute)
	r.step()
	r.step()
	r.append("app.log", "the end")
	r.step()
	r.want(append(slices.Clone(want), "the end")...)
}

// TestCopytruncate stops, looks or kills between any two steps of a copy and a
// truncation, caught up, behind, and with nothing shipped at all.
func TestCopytruncate(t *testing.T) {
	a, b := numbered("a", 0, 100), numbered("b", 0, 30)
	for shipped := range 3 { // nothing, some, all
		for looks := range 32 {
			t.Run(fmt.Sprintf("shipped %d, looks %05b", shipped, looks), func(t *testing.T) {
				for _, restarts := range []int{0, 1, 2, 4, 8, 16, 31} {
					r := newRig(t, nil)
					// Looks go without reading, so that it stays behind.
					pause := func(i int) {
						if restarts>>i&1 == 1 {
							r.restart()
						}
						if looks>>i&1 == 1 {
							r.in.scan()
							r.examine()
							if shipped == 2 {
								r.ship(0)
							}
						}
					}
					r.append("app.log", a...)
					r.in.scan()
					switch shipped {
					case 1:
						r.ship(1000)
					case 2:
						r.ship(0)
					}
					n := len(r.lines)
					if n == 0 {
						await.Tick(t) // births are told apart by the tick of the kernel's clock
					}
					pause(0)
					r.copyFile("app.log", "app.log.1", 300)
					pause(1)
					r.copyFile("app.log", "app.log.1", 2000)
					pause(2)
					r.copyFile("app.log", "app.log.1", -1)
					pause(3)
					r.truncate("app.log", 0)
					pause(4)
					r.append("app.log", b...)
					r.in.tree.Hint(r.dir)
					r.in.lookDue()
					r.ship(0)
					r.step()
					r.step()
					r.clock = r.clock.Add(11 * time.Second)
					r.step()
					want := slices.Concat(a, b)
					if !slices.Equal(r.lines, want) {
						t.Fatalf("restarts %05b: %d had been shipped; now %s\n%s", restarts, n, brief(r.lines), r.log.String())
					}
					r.wantLate()
					if lost := r.in.Counters().BytesLost; lost != 0 {
						t.Fatalf("restarts %05b: %d bytes lost\n%s", restarts, lost, r.log.String())
					}
					r.again(want)
				}
			})
		}
	}
}

// TestCompressedAfterRename compresses a rotated file of which all, some or
// nothing was shipped, with looks and restarts between any two steps. The
// compressed file is seen half-written, beside the plain one, and after it.
func TestCompressedAfterRename(t *testing.T) {
	a, b := numbered("a", 0, 200), numbered("b", 0, 30)
	for _, suffix := range []string{".gz", ".zst", ".bz2"} {
		masks := 32
		if suffix != ".gz" {
			masks = 4
		}
		for shipped := range 3 {
			t.Run(fmt.Sprintf("%s, shipped %d", suffix, shipped), func(t *testing.T) {
				for looks := range masks {
					for _, restarts := range []int{0, 1, 2, 4, 8, 16, 31} {
						if (looks+restarts)%3 != 0 && restarts != 0 && os.Getenv("SHIPPER_FULL") == "" {
							continue // some seconds are enough
						}
						compressedAfterRename(t, suffix, shipped, looks, restarts, a, b)
					}
				}
			})
		}
	}
}

func compressedAfterRename(t *testing.T, suffix string, shipped, looks, restarts int, a, b []string) {
	r := newRig(t, nil)
	defer r.stop() // not only at the end of all
	pause := func(i int) {
		if restarts>>i&1 == 1 {
			r.restart()
		}
		if looks>>i&1 == 1 {
			r.in.scan()
			r.examine()
		}
	}
	r.append("app.log", a...)
	r.in.scan()
	switch shipped {
	case 1:
		r.ship(1500)
	case 2:
		r.ship(0)
	}
	pause(0)
	r.rename("app.log", "app.log.1")
	r.append("app.log", b...)
	pause(1)
	r.compressed("app.log.1", "made"+suffix)
	r.copyFile("made"+suffix, "app.log.1"+suffix, 200)
	pause(2)
	r.remove("app.log.1" + suffix)
	r.rename("made"+suffix, "app.log.1"+suffix)
	pause(3)
	r.remove("app.log.1")
	pause(4)
	for range 4 {
		r.step()
		r.clock = r.clock.Add(20 * time.Second)
	}
	want := slices.Concat(a, b)
	if !slices.Equal(r.lines, want) || len(r.late) > 0 || r.in.Counters().BytesLost != 0 {
		t.Fatalf("%s, %d shipped, looks %05b, restarts %05b: %d late, %+v, shipped %s\n%s", suffix, shipped, looks, restarts,
			len(r.late), r.in.Counters(), brief(r.lines), r.log.String())
	}
	// Days later it is rotated further; nothing comes twice.
	r.rename("app.log.1"+suffix, "app.log.2"+suffix)
	r.rename("app.log", "app.log.1")
	r.again(want)
}

// TestCompressedHistory: files that were compressed before the agent came are
// read in order, or passed over, as plain ones are.
func TestCompressedHistory(t *testing.T) {
	a, b, c := numbered("a", 0, 100), numbered("b", 0, 100), numbered("c", 0, 100)
	for _, end := range []bool{false, true} {
		r := newRig(t, func(cfg *Config) { cfg.StartAtEnd, cfg.History = end, end })
		for i, lines := range [][]string{a, b, c} {
			r.append("app.log", lines...)
			if i < 2 {
				name := fmt.Sprint("app.log.", 2-i)
				r.rename("app.log", name)
				r.compress(name, ".gz")
			}
		}
		r.step()
		want := slices.Concat(a, b, c)
		if end {
			want = nil
		}
		r.want(want...)
		r.wantLate()
		r.again(want)
		if n := r.in.Counters().CompressedIgnored; end && n != 2 {
			t.Errorf("%d compressed files passed over", n)
		}
	}
}

// TestNotYetReadIsNotHistory: a compressed file that nothing was shipped of is not taken for
// history by the next process, though all that is older is gone: the eldest stays known, and
// where no start can have passed over anything there is no history.
func TestNotYetReadIsNotHistory(t *testing.T) {
	a, b, c := numbered("a", 0, 100), numbered("b", 0, 100), numbered("c", 0, 100)
	for _, x := range []struct {
		history bool
		first   []string // shipped and gone
	}{{true, a}, {false, nil}} {
		r := newRig(t, func(cfg *Config) { cfg.History = x.history })
		if x.first != nil {
			r.append("app.log", x.first...)
			r.step()
			r.rename("app.log", "app.log-20260101")
			r.step()
		}
		r.append("app.log", c...)
		r.step()
		r.append("app.log-20260102", b...)
		r.compress("app.log-20260102", ".gz")
		r.in.scan()
		r.examine()
		r.in.scan()
		if x.first != nil {
			r.remove("app.log-20260101")
		}
		for range 4 {
			r.clock = r.clock.Add(2 * time.Minute)
			r.in.scan()
		}
		r.want(slices.Concat(x.first, c)...)
		r.restart()
		r.step()
		r.examine()
		r.step()
		r.want(slices.Concat(x.first, c, b)...)
		r.wantLate(b...)
	}
}

// TestNotDecoded: what does not decode to its end is never read, said once, and
// holds its successors for no longer than any other unreadable file.
func TestNotDecoded(t *testing.T) {
	r := newRig(t, nil)
	a, b := numbered("a", 0, 200), numbered("b", 0, 20)
	r.append("app.log", a...)
	r.in.scan()
	r.ship(1000)
	n := len(r.lines)
	r.stop()
	r.rename("app.log", "app.log.1")
	r.compressed("app.log.1", "whole.gz")
	r.remove("app.log.1")
	r.copyFile("whole.gz", "app.log.1.gz", 300)
	r.append("app.log", b...)
	r.start()
	r.step()
	r.step()
	r.want(a[:n]...)
	if got := strings.Count(r.log.String(), "does not end"); got != 1 {
		t.Fatalf("said %d times:\n%s", got, r.log.String())
	}
	r.clock = r.clock.Add(2 * time.Minute)
	r.step()
	r.in.onTick()
	r.ship(0)
	r.want(slices.Concat(a[:n], b)...)
	// It is mended later: what is left of it comes, and is late.
	r.copyFile("whole.gz", "app.log.1.gz", -1)
	r.step()
	r.step()
	r.want(slices.Concat(a[:n], b, a[n:])...)
	r.wantLate(a[n:]...)
}

// TestDecodersAreFew reads more compressed files than there are decoders, each of
// which goes to the next file as soon as one is read, and repeats what it read.
func TestDecodersAreFew(t *testing.T) {
	r := newRig(t, func(c *Config) { c.Paths = []string{strings.Replace(c.Paths[0], "app.log", "*.log", 1)} })
	r.limit, r.bufCap = 4<<10, 8<<10
	want := map[string]bool{}
	for i := range 5 {
		live := fmt.Sprintf("f%d.log", i)
		lines := numbered(live, 0, 2000)
		for _, l := range lines {
			want[l] = true
		}
		r.append(live+".1", lines...)
		r.compress(live+".1", ".gz")
	}
	r.in.scan()
	for range 45 { // nine seconds
		r.examine()
		r.ship(0)
		if n := r.budget.Decoders(); n > descriptors.MaxDecoders {
			t.Fatalf("%d decoders", n)
		}
		r.clock = r.clock.Add(200 * time.Millisecond)
		r.in.onTick()
	}
	if len(r.lines) != len(want) {
		t.Fatalf("%d of %d lines\n%s", len(r.lines), len(want), r.log.String())
	}
	for _, l := range r.lines {
		if !want[l] || len(r.ids[l]) != 1 {
			t.Fatalf("%q came %d times", l, len(r.ids[l]))
		}
	}
}

// TestRestored: a file that comes back as another inode with its old times is
// gone on with; one that was made anew with the same content is shipped.
func TestRestored(t *testing.T) {
	a, b := numbered("a", 0, 100), numbered("b", 0, 10)
	for _, restored := range []bool{true, false} {
		r := newRig(t, nil)
		r.append("app.log", a...)
		r.step()
		r.stop()
		r.copyFile("app.log", "x", -1)
		r.remove("app.log")
		r.rename("x", "app.log")
		if old := time.Now().Add(-time.Hour); restored {
			if err := os.Chtimes(r.path("app.log"), old, old); err != nil {
				t.Fatal(err)
			}
		}
		r.start()
		r.step()
		want := slices.Clone(a)
		if !restored {
			want = slices.Concat(a, a)
		}
		r.want(want...)
		r.append("app.log", b...)
		r.step()
		r.again(append(want, b...))
	}
}

// TestBackup: a copy beside a file that is not truncated is not shipped, and the
// file is, whatever happens to the copy.
func TestBackup(t *testing.T) {
	a, b := numbered("a", 0, 100), numbered("b", 0, 10)
	r := newRig(t, nil)
	r.append("app.log", a...)
	r.step()
	r.copyFile("app.log", "app.log.1", -1)
	r.step()
	r.append("app.log", b...)
	r.step()
	want := slices.Concat(a, b)
	r.want(want...)
	for _, f := range r.in.Files() {
		if f.Path == r.path("app.log.1") && (f.State != shown.Copy || len(f.Routes) != 0) {
			t.Errorf("%+v", f)
		}
	}
	r.remove("app.log.1")
	r.step()
	r.again(want)
	if n := r.in.Counters().BytesLost; n != 0 {
		t.Errorf("%d bytes lost", n)
	}
}

// TestLossOfATruncation: what neither the file nor a copy holds is counted, once
// and exactly.
func TestLossOfATruncation(t *testing.T) {
	a, b := numbered("a", 0, 200), numbered("b", 0, 10)
	all := int64(len(strings.Join(a, "\n")) + 1)
	for _, kind := range []string{"copy before the last lines", "other content", "no copy"} {
		t.Run(kind, func(t *testing.T) {
			r := newRig(t, nil)
			r.append("app.log", a[:150]...)
			r.in.scan()
			r.ship(2000)
			offset := r.in.files[r.onlyKey()].routes[0].pos.Offset
			n := len(r.lines)
			lost, want := all-offset, slices.Concat(a[:n], b)
			switch kind {
			case "copy before the last lines":
				r.copyFile("app.log", "app.log.1", -1)
				i, err := os.Stat(r.path("app.log.1"))
				if err != nil {
					t.Fatal(err)
				}
				lost, want = all-i.Size(), slices.Concat(a[:150], b)
			case "other content":
				r.append("app.log.1", numbered("other", 0, 200)...)
				want = slices.Concat(a[:n], numbered("other", 0, 200), b)
			}
			r.append("app.log", a[150:]...)
			r.in.scan()
			r.truncate("app.log", 0)
			r.append("app.log", b...)
			r.step()
			r.step()
			if kind == "other content" { // another file: wherever it comes
				slices.Sort(r.lines)
				slices.Sort(want)
			}
			r.want(want...)
			if got := int64(r.in.Counters().BytesLost); got != lost {
				t.Fatalf("%d bytes lost, want %d\n%s", got, lost, r.log.String())
			}
			if !strings.Contains(r.log.String(), fmt.Sprint("bytes_lost=", lost)) {
				t.Fatalf("not told:\n%s", r.log.String())
			}
		})
	}
}

// TestSymlinkSwitch: the live name is a link that is switched from file to file.
func TestSymlinkSwitch(t *testing.T) {
	for _, stopped := range []bool{false, true} {
		r := newRig(t, func(c *Config) { c.FollowSymlinks = true })
		var want []string
		for i := range 6 {
			lines := numbered(fmt.Sprint("f", i), 0, 50)
			target := fmt.Sprint("file-", i)
			r.append(target, lines[:20]...)
			if err := os.Symlink(target, r.path("new")); err != nil {
				t.Fatal(err)
			}
			r.rename("new", "app.log")
			r.in.scan()
			r.ship(300)
			if stopped {
				r.restart()
				r.in.scan()
			}
			r.append(target, lines[20:]...) // before the next switch
			want = append(want, lines...)
			if i%2 == 0 {
				r.look()
			}
		}
		r.step()
		r.step()
		r.want(want...)
		r.wantLate()
	}
}
