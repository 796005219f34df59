package logfile

import (
	"errors"
	"hash/crc32"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"shipper/inputs/logfile/disposal"
	"shipper/inputs/logfile/settings"
	"shipper/inputs/logfile/tally"
	"shipper/inputs/logfile/vfs"
)

// confirming makes a rig whose completions are known at once to whoever is to
// know of them.
func confirming(t *testing.T, change func(*Config)) *rig {
	r := newRig(t, func(c *Config) {
		c.Checksum = true
		if change != nil {
			change(c)
		}
	})
	r.confirm()
	return r
}

func (r *rig) confirm() {
	r.complete = func(c *Completion) {
		if p := r.in.Confirm(c); p.Generation != 0 {
			r.persist(c.Route, p)
		}
	}
	r.restart()
}

// quiet lets QuietAfter pass, and does what is due then.
func (r *rig) quiet() {
	r.t.Helper()
	r.clock = r.clock.Add(r.in.cfg.QuietAfter + time.Second)
	r.look()
	r.look()
}

func (r *rig) exists(name string) bool {
	r.t.Helper()
	_, err := os.Lstat(r.path(name))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		r.t.Fatal(err)
	}
	return err == nil
}

func sumOf(lines ...string) uint32 {
	return crc32.Checksum([]byte(strings.Join(lines, "\n")+"\n"), crc32.MakeTable(crc32.Castagnoli))
}

// TestCompletion: a generation is complete when it has a successor, is
// acknowledged and quiet, and not before; it is told once, with everything counted
// exactly, whatever restarts come between; growth opens it again.
func TestCompletion(t *testing.T) {
	r := confirming(t, nil)
	a, b, c := numbered("a", 0, 100), numbered("b", 0, 50), numbered("c", 0, 10)
	r.append("app.log", a...)
	r.in.scan()
	r.ship(1000)
	if n := len(r.lines); n == 0 || n == len(a) {
		t.Fatalf("%d lines shipped: not in the middle", n)
	}
	r.restart()
	r.step()
	r.quiet()
	if len(r.told) != 0 {
		t.Fatalf("the live file was told complete: %+v", r.told)
	}
	r.rename("app.log", "app.log.1")
	r.append("app.log", b...)
	r.restart()
	r.step()
	r.quiet()
	if len(r.told) != 1 {
		t.Fatalf("%d completions: %+v\n%s", len(r.told), r.told, r.log.String())
	}
	got := r.told[0]
	size := int64(len(strings.Join(a, "\n")) + 1)
	if got.Bytes != size || got.Tally.Bytes != size || got.Tally.Records != 100 || got.Tally.Checksum != sumOf(a...) || !got.Tally.Has(tally.Summed) {
		t.Errorf("%+v, want %d bytes, 100 records, sum %x", got, size, sumOf(a...))
	}
	// Neither time nor a restart tells it again.
	r.quiet()
	r.restart()
	r.step()
	r.quiet()
	if len(r.told) != 1 {
		t.Fatalf("told again: %+v", r.told[1:])
	}
	// A late writer opens it again.
	r.append("app.log.1", c...)
	r.step()
	if len(r.told) != 1 {
		t.Fatal("told before it was quiet again")
	}
	r.quiet()
	all := slices.Concat(a, c)
	if len(r.told) != 2 || r.told[1].Tally.Records != 110 || r.told[1].Tally.Checksum != sumOf(all...) {
		t.Fatalf("%+v", r.told[1:])
	}
	r.wantLate(c...)
}

// TestCompletionIsToldAgain: what was told and not confirmed, since the agent was
// killed, is told again by the next one, the same; a file that was deleted is kept
// in mind until then, but no descriptor is.
func TestCompletionIsToldAgain(t *testing.T) {
	r := confirming(t, nil)
	r.complete = func(*Completion) {}
	r.restart()
	a := numbered("a", 0, 100)
	r.append("app.log", a...)
	r.step()
	r.rename("app.log", "app.log.1")
	r.append("app.log", "b")
	r.step()
	for range 3 {
		r.quiet()
	}
	if len(r.told) != 1 {
		t.Fatalf("told %d times by one process", len(r.told))
	}
	r.restart()
	r.step()
	r.quiet()
	if len(r.told) != 2 {
		t.Fatalf("told %d times, once would be for each process", len(r.told))
	}
	x, y := r.told[0], r.told[1]
	x.file, y.file = nil, nil
	if !reflect.DeepEqual(x, y) {
		t.Errorf("%+v\n%+v", x, y)
	}
	r.remove("app.log.1")
	for range 3 {
		r.quiet()
	}
	if len(r.in.nameless) != 1 || len(r.forgot) != 0 {
		t.Fatalf("%d nameless, forgot %x: not known until it was told", len(r.in.nameless), r.forgot)
	}
	for f := range r.in.nameless {
		if f.handle != nil {
			t.Error("its descriptor is held")
		}
	}
	last := r.told[1]
	r.persist(last.Route, r.in.Confirm(&last))
	r.step()
	r.step()
	if len(r.in.nameless) != 0 || r.in.absent.Len() != 1 { // the eldest stays known
		t.Errorf("%d nameless, %d absent", len(r.in.nameless), r.in.absent.Len())
	}
}

// TestDeleteWhenAllRoutesHaveIt: with one route behind nothing is deleted, however
// long it takes; then it is.
func TestDeleteWhenAllRoutesHaveIt(t *testing.T) {
	for _, restart := range []bool{false, true} {
		r := newRig(t, func(c *Config) { c.OnComplete = settings.Delete })
		r.routes = 2
		r.confirm()
		a := numbered("a", 0, 100)
		r.append("app.log", a...)
		r.in.scan()
		r.only = 0
		r.ship(0)
		r.rename("app.log", "app.log.1")
		r.append("app.log", "b")
		for range 5 {
			r.quiet()
		}
		if !r.exists("app.log.1") {
			t.Fatal("deleted though one route has not read it")
		}
		if len(r.told) != 0 {
			t.Fatalf("told %+v", r.told)
		}
		r.only = -1
		if restart {
			r.restart()
		}
		r.step()
		r.quiet()
		r.quiet()
		if r.exists("app.log.1") || !r.exists("app.log") {
			t.Fatalf("app.log.1 %v, app.log %v\n%s", r.exists("app.log.1"), r.exists("app.log"), r.log.String())
		}
		if len(r.told) != 2 || r.in.Counters().Disposed != 1 {
			t.Errorf("told %d times, %d disposed of", len(r.told), r.in.Counters().Disposed)
		}
		r.quiet()
		if len(r.in.files) != 1 {
			t.Errorf("%d files, one is deleted", len(r.in.files))
		}
	}
}

// TestNotDeleted: what was not shipped from its first byte, is not proven, is
// needed by another input or is not sealed is left alone.
func TestNotDeleted(t *testing.T) {
	a := numbered("a", 0, 100)
	rotated := func(r *rig) {
		r.append("app.log", a...)
		r.step()
		r.rename("app.log", "app.log.1")
		r.append("app.log", "b")
		r.step()
	}
	for _, test := range []struct {
		name   string
		do     func(r *rig)
		later  bool // it is deleted once the cause is gone
		change func(*Config)
	}{
		{name: "passed over by start_at", change: func(c *Config) { c.StartAtEnd = true }, do: func(r *rig) {
			r.append("app.log", a...)
			r.step()
			rotated(r)
		}},
		{name: "not told of", do: func(r *rig) {
			r.complete = func(*Completion) {}
			r.restart()
			rotated(r)
		}},
		{name: "needed by another input", do: func(r *rig) {
			r.in.env.Needed = func(uint64, uint64) bool { return true }
			rotated(r)
		}},
		{name: "other bytes of the same length and time", do: func(r *rig) {
			rotated(r)
			info, err := os.Stat(r.path("app.log.1"))
			if err != nil {
				r.t.Fatal(err)
			}
			f, err := os.OpenFile(r.path("app.log.1"), os.O_WRONLY, 0)
			if err != nil {
				r.t.Fatal(err)
			}
			defer f.Close()
			if _, err := f.WriteAt([]byte("A"), 0); err != nil {
				r.t.Fatal(err)
			}
			if err := os.Chtimes(r.path("app.log.1"), info.ModTime(), info.ModTime()); err != nil {
				r.t.Fatal(err)
			}
		}},
		{name: "live", do: func(r *rig) {
			r.append("app.log.1", a...)
			r.append("app.log.1", "x")
			r.cfg.Paths = []string{r.path("app.log.1")}
			r.restart()
			r.step()
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := confirming(t, func(c *Config) {
				c.OnComplete = settings.Delete
				if test.change != nil {
					test.change(c)
				}
			})
			test.do(r)
			for range 4 {
				r.quiet()
			}
			if !r.exists("app.log.1") || r.in.Counters().Disposed != 0 {
				t.Fatalf("deleted\n%s", r.log.String())
			}
		})
	}
}

// TestParentSwapped: a directory on the way that was swapped for a symbolic link,
// or for another directory, has nothing deleted behind it.
func TestParentSwapped(t *testing.T) {
	for _, link := range []bool{true, false} {
		r := confirming(t, func(c *Config) {
			c.OnComplete = settings.Delete
			c.Paths = []string{strings.TrimSuffix(c.Paths[0], "app.log") + "*/app.log"}
		})
		if err := os.Mkdir(r.path("d"), 0o755); err != nil {
			t.Fatal(err)
		}
		a := numbered("a", 0, 100)
		r.append("d/app.log", a...)
		r.step()
		r.rename("d/app.log", "d/app.log.1")
		r.append("d/app.log", "b")
		r.step()
		r.clock = r.clock.Add(2 * time.Minute)
		// The same file, by another way.
		r.rename("d", "elsewhere")
		var err error
		if link {
			err = os.Symlink("elsewhere", r.path("d"))
		} else {
			err = os.Mkdir(r.path("d"), 0o755)
			r.rename("elsewhere/app.log.1", "d/app.log.1")
		}
		if err != nil {
			t.Fatal(err)
		}
		r.in.onTick()
		if c := r.in.Counters(); c.Completed == 0 {
			t.Fatalf("nothing was complete: %+v\n%s", c, r.log.String())
		}
		r.in.onTick()
		if !r.exists("d/app.log.1") {
			t.Fatalf("link %v: deleted by way of another directory\n%s", link, r.log.String())
		}
	}
}

// TestLateWriterAfterDeletion: what is written by an old descriptor after the file
// was deleted is shipped, as long as it is not silent for longer than QuietAfter.
func TestLateWriterAfterDeletion(t *testing.T) {
	r := confirming(t, func(c *Config) { c.OnComplete = settings.Delete })
	r.append("app.log", "a")
	w, err := os.OpenFile(r.path("app.log"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	r.step()
	r.rename("app.log", "app.log.1")
	r.append("app.log", "b")
	r.step()
	r.quiet()
	if r.exists("app.log.1") {
		t.Fatalf("not deleted\n%s", r.log.String())
	}
	for _, line := range []string{"late 1", "late 2"} {
		r.clock = r.clock.Add(r.in.cfg.QuietAfter / 2)
		if _, err := w.WriteString(line + "\n"); err != nil {
			t.Fatal(err)
		}
		r.look()
	}
	r.want("a", "b", "late 1", "late 2")
	r.quiet()
	r.step()
	r.step()
	if len(r.in.nameless) != 0 {
		t.Error("it is held for ever")
	}
	if last := r.told[len(r.told)-1]; last.Tally.Records != 3 {
		t.Errorf("%+v", r.told)
	}
}

// TestMove moves files of the same name several times.
func TestMove(t *testing.T) {
	done := t.TempDir()
	r := confirming(t, func(c *Config) { c.OnComplete, c.MoveTo = settings.Move, done })
	for i := range 3 {
		line := strings.Repeat("x", i+1)
		r.append("app.log", line)
		r.step()
		r.rename("app.log", "app.log.1")
		r.append("app.log", "y"+line)
		r.step()
		r.quiet()
		r.quiet()
		if r.exists("app.log.1") {
			t.Fatalf("not moved\n%s", r.log.String())
		}
		r.remove("app.log")
	}
	list, err := os.ReadDir(done)
	if err != nil || len(list) != 3 || list[0].Name() != "app.log.1" || !strings.HasPrefix(list[1].Name(), "app.log.1-") {
		t.Errorf("%v %v", list, err)
	}
	r.want("x", "yx", "xx", "yxx", "xxx", "yxxx")
}

// TestCompressedAndCopied: on_complete takes what stands for a generation in the
// end, be it a compressed file or a copy, and nothing is shipped twice.
func TestCompressedAndCopied(t *testing.T) {
	a := numbered("a", 0, 100)
	t.Run("compressed", func(t *testing.T) {
		r := confirming(t, func(c *Config) { c.OnComplete = settings.Delete })
		r.append("app.log", a...)
		r.in.scan()
		r.ship(1000)
		r.rename("app.log", "app.log.1")
		r.compress("app.log.1", ".gz")
		r.append("app.log", "b")
		for range 4 {
			r.step()
			r.quiet()
		}
		r.want(append(slices.Clone(a), "b")...)
		if r.exists("app.log.1.gz") || !r.exists("app.log") {
			t.Errorf("not deleted\n%s", r.log.String())
		}
		if c := r.told[0]; c.Tally.Checksum != sumOf(a...) || c.Tally.Records != 100 {
			t.Errorf("%+v", c)
		}
	})
	t.Run("copytruncate", func(t *testing.T) {
		r := confirming(t, func(c *Config) { c.OnComplete = settings.Delete })
		r.append("app.log", a...)
		r.step()
		text, err := os.ReadFile(r.path("app.log"))
		if err != nil {
			t.Fatal(err)
		}
		r.write("app.log.1", string(text))
		r.look()
		r.quiet()
		if !r.exists("app.log.1") || !r.exists("app.log") {
			t.Fatal("a copy of what is live was deleted")
		}
		if err := os.Truncate(r.path("app.log"), 0); err != nil {
			t.Fatal(err)
		}
		r.append("app.log", "b")
		for range 4 {
			r.step()
			r.quiet()
		}
		r.want(append(slices.Clone(a), "b")...)
		if r.exists("app.log.1") || !r.exists("app.log") {
			t.Errorf("app.log.1 %v, app.log %v\n%s", r.exists("app.log.1"), r.exists("app.log"), r.log.String())
		}
	})
}

// dying is a file system whose operations on directories fail from the n-th on,
// as if the process had died there.
type dying struct {
	vfs.FS
	left int
}

var errDead = errors.New("dead")

type dyingDir struct {
	vfs.Dir
	fs *dying
}

func (d *dying) OpenDir(p vfs.Place) (vfs.Dir, vfs.Info, error) {
	dir, info, err := d.FS.(vfs.Directories).OpenDir(p)
	if err != nil {
		return nil, info, err
	}
	return &dyingDir{dir, d}, info, nil
}

func (d *dyingDir) step() error {
	if d.fs.left--; d.fs.left < 0 {
		return errDead
	}
	return nil
}

func (d *dyingDir) Open(name string) (vfs.File, error) {
	if err := d.step(); err != nil {
		return nil, err
	}
	return d.Dir.Open(name)
}

func (d *dyingDir) Stat(name string) (vfs.Info, error) {
	if err := d.step(); err != nil {
		return vfs.Info{}, err
	}
	return d.Dir.Stat(name)
}

func (d *dyingDir) Rename(name string, to vfs.Dir, as string) error {
	if err := d.step(); err != nil {
		return err
	}
	return d.Dir.Rename(name, to.(*dyingDir).Dir, as)
}

func (d *dyingDir) Remove(name string) error {
	if err := d.step(); err != nil {
		return err
	}
	return d.Dir.Remove(name)
}

// TestKilledWhileDisposing kills the agent after each step between the last
// acknowledgement and the end of the file. Each time the file is gone, or moved,
// in the end, told at least once, and its lines were shipped once.
func TestKilledWhileDisposing(t *testing.T) {
	for _, move := range []bool{false, true} {
		steps := 0
		for n := 0; ; n++ {
			done := t.TempDir()
			r := newRig(t, func(c *Config) {
				if c.OnComplete = settings.Delete; move {
					c.OnComplete, c.MoveTo = settings.Move, done
				}
			})
			fsys := &dying{FS: vfs.OS, left: 1000}
			r.fs = fsys
			r.confirm()
			a := numbered("a", 0, 100)
			r.append("app.log", a...)
			r.step()
			r.rename("app.log", "app.log.1")
			r.append("app.log", "b")
			r.step()
			fsys.left = n
			r.quiet()
			survived := fsys.left >= 0
			steps++
			fsys.left = 1000
			r.restart()
			r.step()
			r.quiet()
			r.quiet()
			r.want(append(slices.Clone(a), "b")...)
			list, err := os.ReadDir(r.dir)
			if err != nil || len(list) != 1 || list[0].Name() != "app.log" {
				t.Fatalf("move %v, killed after %d steps: %v %v\n%s", move, n, list, err, r.log.String())
			}
			if moved, err := os.ReadDir(done); err != nil || len(moved) != 1 && move {
				t.Fatalf("moved %v %v", moved, err)
			}
			if len(r.told) == 0 {
				t.Fatal("not told")
			}
			if survived {
				break
			}
		}
		if steps < 4 {
			t.Errorf("killed at %d steps only", steps)
		}
	}
}

// TestNameTakenMeanwhile: rotation gives the name of a complete file to another one
// between the last look at it and its removal; that one is left alone.
func TestNameTakenMeanwhile(t *testing.T) {
	r := newRig(t, func(c *Config) { c.OnComplete = settings.Delete })
	fsys := &shifting{FS: vfs.OS}
	r.fs = fsys
	r.confirm()
	r.append("app.log", "a")
	r.step()
	r.rename("app.log", "app.log.1")
	r.append("app.log", "b")
	r.step()
	fsys.shift = func() {
		r.rename("app.log.1", "app.log.2")
		r.rename("app.log", "app.log.1")
		r.append("app.log.1", "unread")
		fsys.shift = nil
	}
	r.quiet()
	if fsys.shift != nil {
		t.Fatal("nothing came between")
	}
	if !r.exists("app.log.1") {
		t.Fatalf("another file was deleted\n%s", r.log.String())
	}
	r.look()
	r.want("a", "b", "unread")
	if name := disposal.Private(1); len(name) < 16 {
		t.Error(name)
	}
}

// shifting calls shift once a file was proven.
type shifting struct {
	vfs.FS
	shift func()
}

type shiftingDir struct {
	vfs.Dir
	fs *shifting
}

func (s *shifting) OpenDir(p vfs.Place) (vfs.Dir, vfs.Info, error) {
	dir, info, err := s.FS.(vfs.Directories).OpenDir(p)
	return &shiftingDir{dir, s}, info, err
}

func (s *shiftingDir) Rename(name string, to vfs.Dir, as string) error {
	if s.fs.shift != nil {
		s.fs.shift()
	}
	return s.Dir.Rename(name, to.(*shiftingDir).Dir, as)
}

// TestCompletedOnly ships nothing of a file before it is sealed, and then all of it
// with its unterminated end; with QuietCompletes files without a successor, too.
func TestCompletedOnly(t *testing.T) {
	r := newRig(t, func(c *Config) { c.CompletedOnly = true })
	r.append("app.log", "a")
	r.step()
	r.quiet()
	r.want()
	r.write("app.log", "end of a")
	r.rename("app.log", "app.log.1")
	r.append("app.log", "b")
	r.look()
	r.want()
	r.clock = time.Now()
	r.restart()
	r.step()
	r.want()
	r.quiet()
	r.want("a", "end of a")
	// A late writer holds the next generation, but not for ever.
	r.rename("app.log.1", "app.log.2")
	r.rename("app.log", "app.log.1")
	r.append("app.log", "c")
	r.look()
	for range 5 {
		r.append("app.log.2", "late")
		r.clock = r.clock.Add(40 * time.Second)
		r.step()
	}
	if !slices.Contains(r.lines, "b") || slices.Contains(r.lines, "c") {
		t.Fatalf("shipped %q", r.lines)
	}
	r.cfg.QuietCompletes = true
	r.restart()
	r.step()
	r.quiet()
	if !slices.Contains(r.lines, "c") {
		t.Errorf("shipped %q", r.lines)
	}
}

// TestRetainDeleted gives up the files that were deleted first, and counts what of
// them was unread to the byte.
func TestRetainDeleted(t *testing.T) {
	const each = 1000
	r := newRig(t, func(c *Config) { c.RetainDeleted.MaxBytes = 4 * each })
	text := strings.Repeat(strings.Repeat("x", 99)+"\n", each/100)
	for i := range 6 {
		name := "app.log." + string(rune('0'+6-i))
		r.write(name, text)
		r.clock = r.clock.Add(time.Second)
	}
	r.append("app.log", "live")
	r.in.scan()
	r.ship(300) // of the first
	if len(r.lines) != 3 {
		t.Fatalf("%d lines", len(r.lines))
	}
	for i := range 6 {
		name := "app.log." + string(rune('0'+6-i))
		r.remove(name)
		r.clock = r.clock.Add(time.Second)
		r.in.tree.Hint(r.dir)
		r.in.lookDue()
		r.in.onTick()
		switch h, c := r.in.Held(), r.in.Counters(); {
		case i < 4 && (h.Files != i+1 || h.Bytes != int64(i+1)*each || h.Unread != int64(i+1)*each-300 || c.GivenUpFiles != 0):
			t.Fatalf("%d: %+v %+v", i, h, c)
		case i == 3 && (!h.Near || !strings.Contains(r.log.String(), "come near the limits")):
			t.Fatalf("no alarm: %+v", h)
		case i >= 4 && (h.Files != 4 || c.GivenUpFiles != uint64(i-3) || c.GivenUpBytes != uint64(i-3)*each-300 || c.BytesLost != c.GivenUpBytes):
			t.Fatalf("%d: %+v %+v", i, h, c)
		}
	}
	if n := strings.Count(r.log.String(), "retain_deleted allows to hold no more"); n != 2 {
		t.Errorf("%d log lines for two files\n%s", n, r.log.String())
	}
	r.in.onTick()
	r.ship(0)
	if n := len(r.lines); n != 3+40+1 {
		t.Errorf("%d lines shipped, want what was kept", n)
	}
	// And by age.
	r.cfg.RetainDeleted.MaxBytes, r.cfg.RetainDeleted.MaxAge = 0, time.Hour
	r.restart()
	r.in.scan()
	r.append("app.log", "unread")
	r.look2()
	r.remove("app.log")
	r.look2()
	r.clock = r.clock.Add(59 * time.Minute)
	r.look2()
	if c := r.in.Counters(); c.GivenUpFiles != 0 {
		t.Fatalf("%+v", c)
	}
	r.clock = r.clock.Add(2 * time.Minute)
	r.look2()
	if c := r.in.Counters(); c.GivenUpFiles != 1 || c.GivenUpBytes != 7 {
		t.Errorf("%+v\n%s", c, r.log.String())
	}
}

// look2 looks without shipping.
func (r *rig) look2() {
	r.in.tree.Hint(r.dir)
	r.in.lookDue()
	r.in.onTick()
}
