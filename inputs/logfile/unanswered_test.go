package logfile

import (
	"os"
	"slices"
	"testing"
	"time"

	"shipper/inputs/logfile/settings"
)

// TestAnsweredAfterTheTruncation: what was sent of a file is acknowledged after another one,
// a copy that holds more, has taken its place. The rest of that is shipped.
func TestAnsweredAfterTheTruncation(t *testing.T) {
	a, b := numbered("a", 0, 60), numbered("b", 0, 10)
	r := newRig(t, nil)
	r.append("app.log", a[:50]...)
	r.in.scan()
	ack := r.send(r.limit)
	r.append("app.log", a[50:]...)
	time.Sleep(8 * time.Millisecond) // births are told apart by the tick of the kernel's clock
	r.copyFile("app.log", "app.log.1", -1)
	r.truncate("app.log", 0)
	r.append("app.log", b...)
	r.in.scan()
	if n := r.in.Counters().Truncations; n != 1 {
		t.Fatalf("%d truncations were seen", n)
	}
	ack()
	for range 3 {
		r.step()
		r.clock = r.clock.Add(20 * time.Second)
	}
	want := slices.Concat(a, b)
	r.want(want...)
	r.wantLate()
	r.again(want)
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
		time.Sleep(8 * time.Millisecond)
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
		for range 3 {
			r.step()
			r.clock = r.clock.Add(20 * time.Second)
		}
		want := slices.Concat(a, b)
		r.want(want...)
		r.wantLate()
		r.again(want)
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

// TestCompressedFileThatGrows: what is added to a compressed file that was read is shipped, as
// the next process would do, and by no means deleted.
func TestCompressedFileThatGrows(t *testing.T) {
	a, b, more := numbered("a", 0, 60), numbered("b", 0, 10), numbered("m", 0, 10)
	r := confirming(t, func(c *Config) { c.OnComplete = settings.Delete })
	r.append("app.log.1", a...)
	r.compress("app.log.1", ".gz")
	r.append("app.log", b...)
	r.step()
	r.want(slices.Concat(a, b)...)
	r.append("more", more...)
	r.compress("more", ".gz")
	member, err := os.ReadFile(r.path("more.gz"))
	if err != nil {
		t.Fatal(err)
	}
	r.write("app.log.1.gz", string(member))
	for range 4 {
		r.in.scan()
		r.quiet()
	}
	r.want(slices.Concat(a, b, more)...)
	r.wantLate(more...)
	if r.exists("app.log.1.gz") {
		t.Errorf("not deleted\n%s", r.log.String())
	}
}
