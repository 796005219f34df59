package logfile

import (
	"slices"
	"testing"
	"time"

	"shipper/inputs/logfile/vfs"
	"shipper/testing/await"
)

// TestLossWaitsForTheLook: what was truncated is not lost, and nothing newer is begun,
// before its directory was listed since, though the look at it is put off: there may be
// a copy.
func TestLossWaitsForTheLook(t *testing.T) {
	a, b := numbered("a", 0, 100), numbered("b", 0, 10)
	for _, begun := range []bool{false, true} {
		r := newRig(t, nil)
		r.append("app.log", a...)
		r.in.scan()
		if begun {
			r.ship(1000)
		}
		r.putOff()
		await.Tick(t) // births are told apart by the tick of the kernel's clock
		r.copyFile("app.log", "app.log.1", -1)
		r.truncate("app.log", 0)
		r.append("app.log", b...)
		r.ship(0) // finds that it was truncated
		if len(r.in.claims) != 1 {
			t.Fatalf("%d claims", len(r.in.claims))
		}
		r.in.lookDue()
		r.in.onTick()
		r.ship(0)
		r.clock = r.clock.Add(2 * time.Second)
		r.in.lookDue()
		r.ship(0)
		r.step()
		want := slices.Concat(a, b)
		r.want(want...)
		r.wantLate()
		if n := r.in.Counters().BytesLost; n != 0 {
			t.Errorf("%d bytes lost\n%s", n, r.log.String())
		}
		r.again(want)
	}
}

// putOff has the directory not looked at for a second, because looks take long.
func (r *rig) putOff() {
	r.see(&slow{FS: r.in.fs, took: func() { r.clock = r.clock.Add(time.Second / 15) }})
	for range 8 { // one alone is no reason
		r.clock = r.clock.Add(time.Second)
		r.in.tree.Hint(r.dir)
		r.in.lookDue()
	}
	r.see(r.in.fs.(*slow).FS)
}

// slow is a file system that takes long to list.
type slow struct {
	vfs.FS
	took func()
}

func (s *slow) List(dir vfs.Place, visit func(*vfs.Entry)) (vfs.Info, error) {
	s.took()
	return s.FS.List(dir, visit)
}

// TestLossDoesNotWaitForLong: a directory that is not listed for OrderWait holds nobody
// any longer.
func TestLossDoesNotWaitForLong(t *testing.T) {
	a, b := numbered("a", 0, 100), numbered("b", 0, 10)
	r := newRig(t, nil)
	r.append("app.log", a...)
	r.in.scan()
	r.ship(1000)
	n := len(r.lines)
	r.append("app.log.1", numbered("other", 0, 200)...)
	r.truncate("app.log", 0)
	r.append("app.log", b...)
	r.ship(0)
	r.in.onTick()
	r.ship(0)
	r.want(a[:n]...)
	r.clock = r.clock.Add(r.in.cfg.OrderWait)
	r.in.onTick()
	r.ship(0)
	r.want(slices.Concat(a[:n], b)...)
	if r.in.Counters().BytesLost == 0 || len(r.in.claims) != 0 {
		t.Errorf("%+v, %d claims", r.in.Counters(), len(r.in.claims))
	}
}

// hooked is a file system that calls before when a path is opened, once.
type hooked struct {
	vfs.FS
	path   string
	before func()
}

func (h *hooked) Open(p vfs.Place) (vfs.File, error) {
	if before := h.before; before != nil && p.Path() == h.path {
		h.before = nil
		before()
	}
	return h.FS.Open(p)
}

// TestTruncatedWhileItsCopyIsJudged: a lane finds the file truncated while what is to be
// its copy is compared with it.
func TestTruncatedWhileItsCopyIsJudged(t *testing.T) {
	a, b := numbered("a", 0, 100), numbered("b", 0, 10)
	r := newRig(t, nil)
	h := &hooked{FS: vfs.OS, path: r.path("app.log.1")}
	r.fs = h
	r.restart()
	r.append("app.log", a...)
	r.in.scan()
	r.ship(1000)
	r.copyFile("app.log", "app.log.1", -1)
	h.before = func() {
		r.truncate("app.log", 0)
		r.append("app.log", b...)
		r.ship(0)
	}
	for range 3 {
		r.step()
	}
	if h.before != nil {
		t.Fatal("the copy was not looked at")
	}
	want := slices.Concat(a, b)
	r.want(want...)
	r.wantLate()
	if n := r.in.Counters().BytesLost; n != 0 {
		t.Errorf("%d bytes lost\n%s", n, r.log.String())
	}
	r.again(want)
}
