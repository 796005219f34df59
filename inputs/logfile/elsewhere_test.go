package logfile

import (
	"math"
	"os"
	"slices"
	"testing"
	"time"

	"shipper/inputs/logfile/vfs"
)

// aside has what a test says of one file elsewhere.
type aside struct {
	vfs.File
	start, end int64
	data       []byte // from start on
	forGood    bool
}

func (a *aside) Span(_ int, _ uint64, offset int64) (start, end int64, ok bool) {
	return max(offset, a.start), a.end, offset < a.end
}

func (a *aside) Holds(_ int, _ uint64, start, end int64) bool {
	return a.forGood && start >= a.start && end <= a.end
}

func (a *aside) Reach(_ int, _ uint64, offset int64, _ func()) (end int64) {
	if offset < a.end {
		return a.end
	}
	return math.MaxInt64
}

func (a *aside) Open(int, uint64, <-chan struct{}) vfs.File { return a }

func (a *aside) Pread(p []byte, offset int64) (int, error) {
	return copy(p, a.data[offset-a.start:]), nil
}

func (a *aside) Stat() (vfs.Info, error) { return vfs.Info{Size: a.end}, nil }
func (a *aside) Close() error            { return nil }

// TestWhatIsElsewhereIsNotHeld: a deleted file is held open until all that is unread
// of it is elsewhere for good, and it is quiet. Then its blocks are free, and its
// lines come from elsewhere, in their order.
func TestWhatIsElsewhereIsNotHeld(t *testing.T) {
	r := newRig(t, nil)
	r.stop()
	text := "one\ntwo\nthree\n"
	there := &aside{start: 4, end: int64(len(text)) - 6, data: []byte(text[4:])}
	r.beside, r.cfg.RetainDeleted.MaxAge = there, time.Hour
	r.start()
	r.write("app.log", text)
	r.in.scan()
	r.ship(4) // the first line
	r.rename("app.log", "app.log.1")
	r.append("app.log", "four")
	r.look2()
	r.remove("app.log.1")
	held := func() bool {
		r.clock = r.clock.Add(time.Hour / 4)
		r.look2()
		return r.in.Held().Files == 1
	}
	if !held() {
		t.Fatal("nothing is held")
	}
	if there.forGood = true; !held() {
		t.Error("let go while the last line was nowhere else")
	}
	there.end = int64(len(text))
	there.forGood = false
	if !held() {
		t.Error("let go before what is elsewhere was there for good")
	}
	before, _ := r.budget.Usage()
	if there.forGood = true; held() {
		t.Fatal("still held")
	}
	r.clock = r.clock.Add(2 * time.Hour) // what is elsewhere is no matter of retain_deleted
	r.look2()
	if after, _ := r.budget.Usage(); after >= before {
		t.Errorf("%d descriptors, before it was let go %d", after, before)
	}
	r.ship(0)
	if want := []string{"one", "two", "three", "four"}; !slices.Equal(r.lines, want) {
		t.Errorf("shipped %q, want %q\n%s", r.lines, want, r.log.String())
	}
	if c := r.in.Counters(); c.BytesLost != 0 || c.GivenUpFiles != 0 {
		t.Errorf("%+v", c)
	}
	if _, err := os.Stat(r.path("app.log.1")); err == nil {
		t.Error("the file is there")
	}
}

// TestEachRouteHasWhatIsElsewhere: a file is gone of which two routes have lines
// elsewhere. Each has its own from there, however much of it lies there.
func TestEachRouteHasWhatIsElsewhere(t *testing.T) {
	r := newRig(t, nil)
	r.stop()
	r.routes = 2
	r.start()
	text := "one\ntwo\nthree\n"
	r.write("app.log", text)
	r.in.scan()
	r.ship(4) // the first line, by both
	r.stop()
	r.remove("app.log")
	r.beside = &aside{end: int64(len(text)), data: []byte(text)}
	r.start()
	for range 4 {
		r.step()
	}
	slices.Sort(r.lines)
	if want := []string{"one", "one", "three", "three", "two", "two"}; !slices.Equal(r.lines, want) {
		t.Errorf("shipped %q, want %q\n%s", r.lines, want, r.log.String())
	}
}

// TestSuccessorOfWhatIsElsewhere: an input takes another one's place while the bytes of
// a file that is gone are read from elsewhere. It goes on with them.
func TestSuccessorOfWhatIsElsewhere(t *testing.T) {
	r := newRig(t, nil)
	text := "one\ntwo\nthree\n"
	r.write("app.log", text)
	r.in.scan()
	r.ship(4) // the first line
	r.stop()
	r.remove("app.log")
	r.beside = &aside{end: int64(len(text)), data: []byte(text)}
	r.start()
	r.in.scan()
	r.ship(4) // the second
	old := r.in
	r.start()
	r.in.Succeed(old)
	if n := len(r.in.orphans); n > 0 {
		t.Fatalf("%d files are taken over", n)
	}
	if err := old.Close(); err != nil {
		t.Error(err)
	}
	r.step()
	r.want("one", "two", "three")
}
