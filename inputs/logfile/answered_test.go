package logfile

import (
	"maps"
	"os"
	"slices"
	"testing"
	"time"

	"shipper/testing/await"
)

// shipsAll has these lines shipped in order, none of them late, and none again.
func (r *rig) shipsAll(want []string) {
	r.t.Helper()
	for range 3 {
		r.step()
		r.clock = r.clock.Add(20 * time.Second)
	}
	r.want(want...)
	r.wantLate()
	r.again(want)
}

// TestAnsweredAfterTheTruncation: what was sent of a file is acknowledged after another one,
// a copy that holds more, has taken its place. The rest of that is shipped.
func TestAnsweredAfterTheTruncation(t *testing.T) {
	a, b := numbered("a", 0, 60), numbered("b", 0, 10)
	r := newRig(t, nil)
	r.append("app.log", a[:50]...)
	r.in.scan()
	ack := r.send(r.limit)
	r.append("app.log", a[50:]...)
	await.Tick(t) // births are told apart by the tick of the kernel's clock
	r.copyFile("app.log", "app.log.1", -1)
	r.truncate("app.log", 0)
	r.append("app.log", b...)
	r.in.scan()
	if n := r.in.Counters().Truncations; n != 1 {
		t.Fatalf("%d truncations were seen", n)
	}
	ack()
	r.shipsAll(slices.Concat(a, b))
}

// TestAnsweredAfterItsFileIsGone: what was sent of a file is acknowledged after that was let
// go of. What comes back of the generation goes on behind it.
func TestAnsweredAfterItsFileIsGone(t *testing.T) {
	a, b := numbered("a", 0, 60), numbered("b", 0, 10)
	for _, adopted := range []bool{false, true} {
		r := newRig(t, nil)
		r.append("app.log", a...)
		r.in.scan()
		ack := r.send(1000)
		r.closeAll()
		await.Tick(t)
		r.rename("app.log", "app.log.1")
		r.append("app.log", b...)
		r.in.scan()
		r.closeAll()
		r.compress("app.log.1", ".gz")
		for range 3 {
			r.in.scan()
		}
		if adopted {
			r.examine()
		}
		ack()
		r.shipsAll(slices.Concat(a, b))
	}
}

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

// answeredElsewhere is a rig of which the last route has read "one" and "two". Then these were
// put aside, the file, which ended with tail, was truncated and holds "n1", and only after
// that had been found out came the answer.
func answeredElsewhere(t *testing.T, routes int, tail string) *rig {
	t.Helper()
	r := newRig(t, nil)
	r.stop()
	r.routes = routes
	text := "one\ntwo\n"
	beside := &aside{data: []byte(text)}
	r.beside = beside
	r.start()
	r.write("app.log", text+tail)
	r.in.scan()
	maps.DeleteFunc(r.woken, func(c *Cursor, _ bool) bool { return c.Route() < routes-1 })
	answer := r.send(r.limit)
	beside.end = int64(len(text))
	r.truncate("app.log", 0)
	r.write("app.log", "n1\n")
	r.in.scan()
	r.prove()
	answer()
	return r
}

// TestAnsweredElsewhereHasNoTail: what was behind the batch in the file that was truncated is
// not looked for in what stands in for it.
func TestAnsweredElsewhereHasNoTail(t *testing.T) {
	r := answeredElsewhere(t, 1, "part")
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
	r := answeredElsewhere(t, 2, "")
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

// TestAnsweredOnACopyHasNoTail: nor in a copy, which ends before it.
func TestAnsweredOnACopyHasNoTail(t *testing.T) {
	r := newRig(t, nil)
	r.append("app.log", numbered("a", 0, 60)...)
	await.Tick(t) // births stand still between ticks
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

// TestGrowthWhileItIsAnswered: a deleted file grows, and that is seen at the moment in which
// what was sent of it is acknowledged. It is not let go of.
func TestGrowthWhileItIsAnswered(t *testing.T) {
	r := newRig(t, nil)
	fs := &dated{FS: r.in.fs}
	r.see(fs)
	r.append("app.log", "a1")
	r.in.scan()
	ack := r.send(r.limit)
	w, err := os.OpenFile(r.path("app.log"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	r.remove("app.log")
	r.in.scan()
	r.in.scan()
	r.clock = r.clock.Add(r.in.cfg.QuietAfter + time.Second)
	if _, err := w.WriteString("a2\n"); err != nil {
		t.Fatal(err)
	}
	fs.after = ack
	r.in.onTick()
	if fs.after != nil {
		t.Fatal("nobody asked for its size")
	}
	r.look()
	r.want("a1", "a2")
}
