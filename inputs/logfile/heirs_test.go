package logfile

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"shipper/inputs/logfile/notices"
)

// prove has somebody else than the cursor under way find out what was truncated.
func (r *rig) prove() {
	r.t.Helper()
	for _, f := range r.in.files {
		if f.isElsewhere() {
			continue
		}
		if h, err := r.in.acquire(f, false); err == nil {
			_ = r.in.proveHead(f, h, f.truncations, f.firstLength, f.firstHash)
			r.in.env.Descriptors.Release(h)
		}
	}
}

// TestElsewhereComesBeforeWhatFollowed: the rest of a generation that was truncated, with no
// copy beside it, is shipped before what the file holds now.
func TestElsewhereComesBeforeWhatFollowed(t *testing.T) {
	r := newRig(t, nil)
	r.stop()
	text := "one\ntwo\nthree\n"
	r.beside = &aside{end: int64(len(text)), data: []byte(text)}
	r.start()
	r.write("app.log", text)
	r.in.scan()
	r.ship(4)
	r.truncate("app.log", 0)
	r.write("app.log", "n1\n")
	for range 4 {
		r.clock = r.clock.Add(20 * time.Second)
		r.step()
	}
	r.want("one", "two", "three", "n1")
	r.wantLate()
}

// TestPolledLookFindsTheHeir: what is gone with the look that finds its compressed file is
// not let go of before that is known.
func TestPolledLookFindsTheHeir(t *testing.T) {
	r := newRig(t, nil)
	r.stop()
	r.cfg.Paths = []string{r.dir + "/app.log", r.dir + "/other.log"}
	r.start()
	r.in.tree.Lock()
	r.in.tree.Start(func() (notices.Watcher, error) { return nil, errors.New("no instances") })
	r.in.tree.Unlock()
	for i, name := range []string{"a", "b", "c"} {
		if i > 0 {
			r.rename("app.log", fmt.Sprint("app.log.", 3-i))
			time.Sleep(8 * time.Millisecond) // births stand still between ticks
		}
		r.append("app.log", numbered(name, 0, 60)...)
		r.step()
	}
	r.clock = r.clock.Add(2 * time.Minute)
	r.append("other.log", "other")
	r.step()
	r.append("other.log", "more")
	r.step()
	r.remove("other.log")
	r.in.onTick()
	r.clock = r.clock.Add(2 * time.Second)
	r.in.onTick()
	if len(r.in.nameless) == 0 || !r.in.tree.Unwatched() {
		t.Fatal("nothing without a name, or nothing polled")
	}
	want := slices.Clone(r.lines)
	r.compress("app.log.1", ".gz")
	for range 5 {
		r.clock = r.clock.Add(2 * time.Second)
		r.in.onTick()
		r.examine()
		r.ship(0)
	}
	r.step()
	r.want(want...)
}

// TestAnsweredElsewhereHasNoTail: what was behind the batch in the file that was truncated is
// not looked for in what stands in for it.
func TestAnsweredElsewhereHasNoTail(t *testing.T) {
	r := newRig(t, nil)
	r.stop()
	text := "one\ntwo\n"
	beside := &aside{data: []byte(text)}
	r.beside = beside
	r.start()
	r.write("app.log", text+"part")
	r.in.scan()
	answer := r.send(r.limit)
	beside.end = int64(len(text))
	r.truncate("app.log", 0)
	r.write("app.log", "n1\n")
	r.in.scan()
	r.prove()
	answer()
	for range 4 {
		r.clock = r.clock.Add(2 * time.Minute)
		r.step()
		r.in.onTick()
		r.ship(0)
	}
	r.want("one", "two", "n1")
	r.in.Drain(time.Second)
	if left := r.in.Left(); len(left) > 0 {
		t.Errorf("left %+v", left)
	}
}

// TestAnsweredWhileAnotherRouteIsElsewhere: a position that a route is told of, while what is
// elsewhere stands in for the file on another route, holds when its own turn comes.
func TestAnsweredWhileAnotherRouteIsElsewhere(t *testing.T) {
	r := newRig(t, nil)
	r.stop()
	r.routes = 2
	text := "one\ntwo\n"
	beside := &aside{data: []byte(text)}
	r.beside = beside
	r.start()
	r.write("app.log", text)
	r.in.scan()
	for c := range r.woken {
		if c.Route() == 0 {
			delete(r.woken, c)
		}
	}
	answer := r.send(r.limit)
	beside.end = int64(len(text))
	r.truncate("app.log", 0)
	r.write("app.log", "n1\n")
	r.in.scan()
	r.prove()
	answer()
	for range 4 {
		r.clock = r.clock.Add(2 * time.Minute)
		r.step()
	}
	count := map[string]int{}
	for _, line := range r.lines {
		count[line]++
	}
	for _, line := range []string{"one", "two", "n1"} {
		if count[line] != 2 { // once on each route
			t.Errorf("%s came %d times: %q", line, count[line], r.lines)
		}
	}
}

// TestCompressedFileThatNeverEnds: a compressed file that was read, and is written to again
// and again without an end, holds up what is newer for OrderWait in all.
func TestCompressedFileThatNeverEnds(t *testing.T) {
	r := newRig(t, nil)
	r.append("app.log.1", numbered("o", 0, 60)...)
	r.compress("app.log.1", ".gz")
	r.append("app.log", "first")
	r.step()
	n := len(r.lines)
	r.append("more", numbered("m", 0, 5000)...)
	r.compress("more", ".gz")
	member, err := os.ReadFile(r.path("more.gz"))
	if err != nil {
		t.Fatal(err)
	}
	const rounds = 20
	for i := range rounds {
		r.write("app.log.1.gz", string(member[i*10:(i+1)*10]))
		r.append("app.log", "live")
		r.clock = r.clock.Add(15 * time.Second)
		r.step()
		r.in.onTick()
		r.ship(0)
	}
	if n = len(r.lines) - n; n != rounds {
		t.Errorf("%d of %d lines came", n, rounds)
	}
}

// TestAnsweredOnACopyHasNoTail: nor in a copy, which ends before it.
func TestAnsweredOnACopyHasNoTail(t *testing.T) {
	r := newRig(t, nil)
	r.append("app.log", numbered("a", 0, 60)...)
	time.Sleep(8 * time.Millisecond) // births stand still between ticks
	r.copyFile("app.log", "app.log.1", -1)
	r.write("app.log", "part")
	r.in.scan()
	answer := r.send(r.limit)
	r.truncate("app.log", 0)
	r.append("app.log", "n1")
	r.in.scan()
	r.in.scan()
	r.prove()
	r.in.scan()
	answer()
	for range 4 {
		r.clock = r.clock.Add(2 * time.Minute)
		r.step()
		r.in.onTick()
		r.ship(0)
	}
	r.want(append(numbered("a", 0, 60), "n1")...)
	r.in.Drain(time.Second)
	if left, c := r.in.Left(), r.in.Counters(); len(left) > 0 || c.Truncations != 1 || c.BytesLost != 4 {
		t.Errorf("left %+v, %d truncations, %d bytes lost of 4", left, c.Truncations, c.BytesLost)
	}
}
