package logfile

import (
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"shipper/testing/await"
)

// TestCompressedWhileUnread compresses and unlinks files that are held by their
// descriptors and were not read, having been seen when they were empty, one line
// long, or whole: their compressed files are not shipped again.
func TestCompressedWhileUnread(t *testing.T) {
	for seen := range 3 {
		for _, begun := range []bool{false, true} {
			t.Run(fmt.Sprint("seen ", seen, " begun ", begun), func(t *testing.T) {
				r := newRig(t, nil)
				lines := numbered("a", 0, 200)
				n := []int{0, 1, 200}[seen]
				r.append("app.log", lines[:n]...)
				r.in.scan()
				if begun {
					r.ship(1)
				}
				r.append("app.log", lines[n:]...)
				await.Tick(t) // births are told apart by the tick of the kernel's clock
				r.rename("app.log", "app.log.1")
				r.in.tree.Hint(r.dir)
				r.in.lookDue()
				r.compress("app.log.1", ".gz")
				r.append("app.log", "next")
				r.in.scan()
				r.examine()
				r.step()
				want := append(lines[:len(lines):len(lines)], "next")
				r.want(want...)
				r.clock = r.clock.Add(2 * time.Minute)
				r.step()
				r.step()
				r.want(want...)
				if n := r.in.Counters().BytesLost; n != 0 {
					t.Errorf("%d bytes lost\n%s", n, r.log.String())
				}
				r.again(want)
			})
		}
	}
}

// TestBegunWhileExamined gives a generation its id between the examination of
// its compressed file and the verdict.
func TestBegunWhileExamined(t *testing.T) {
	r := newRig(t, nil)
	lines := numbered("a", 0, 200)
	r.append("app.log", lines...)
	r.in.scan()
	await.Tick(t)
	r.rename("app.log", "app.log.1")
	r.in.scan()
	r.compress("app.log.1", ".gz")
	r.in.scan()
	x := r.in.nextExamination()
	r.in.examine(x, func() error { return nil })
	r.clock = r.clock.Add(2 * time.Minute)
	r.in.onTick()
	r.ship(1000)
	r.in.finish(x)
	r.in.insertFresh(false)
	r.step()
	r.want(lines...)
	r.clock = r.clock.Add(2 * time.Minute)
	r.step()
	r.step()
	r.want(lines...)
	r.again(lines)
}

// TestOrderBehindANameless: a file that is held by its descriptor and was last
// seen under the live name precedes what was made after it, whatever its name.
func TestOrderBehindANameless(t *testing.T) {
	r := newRig(t, nil)
	var want []string
	for i, looks := range []bool{true, true, false, false, true} {
		lines := numbered(fmt.Sprint("g", i), 0, 100)
		r.append("app.log", lines...)
		want = append(want, lines...)
		if looks {
			r.in.scan()
		}
		await.Tick(t)
		if i < 4 {
			dated := fmt.Sprintf("app.log-2026010%d", i+1)
			r.rename("app.log", dated)
			r.compress(dated, ".gz")
		}
	}
	r.step()
	r.step()
	r.want(want...)
}

// TestBornTogether: a file and its compressed one may be of the same tick.
func TestBornTogether(t *testing.T) {
	r := newRig(t, nil)
	lines := numbered("a", 0, 200)
	r.append("app.log", lines...)
	r.in.scan()
	g := r.in.files[r.onlyKey()]
	r.rename("app.log", "app.log.1")
	r.in.scan()
	r.compress("app.log.1", ".gz")
	r.in.scan()
	g.birth = r.in.fresh[0].birth
	r.step()
	r.want(lines...)
}

// TestExaminationRetried: what the disk refused is tried with the next scan.
func TestExaminationRetried(t *testing.T) {
	r := newRig(t, nil)
	lines := numbered("a", 0, 200)
	r.append("x", lines...)
	r.compressed("x", "app.log.1.gz")
	r.in.scan()
	for range 3 {
		x := r.in.nextExamination()
		if x == nil {
			t.Fatal("not tried again")
		}
		x.err, x.opened = syscall.EIO, true
		r.in.finish(x)
		if r.in.nextExamination() != nil {
			t.Fatal("tried again at once")
		}
		r.in.scan()
	}
	if n := strings.Count(r.log.String(), "can't be read"); n != 1 {
		t.Errorf("said %d times", n)
	}
	r.step()
	r.want(lines...)
	for _, f := range r.in.Files() {
		if f.LastError != "" {
			t.Error(f.LastError)
		}
	}
}

// TestGoneBeforeOpened: a file that was seen and could not be opened before it
// was compressed is not lost if the compressed file holds as much.
func TestGoneBeforeOpened(t *testing.T) {
	r := newRig(t, nil)
	lines := numbered("a", 0, 200)
	giveBack := exhaust(r.budget) // nothing can be opened
	r.append("app.log", lines...)
	r.in.scan()
	giveBack()
	r.append("x", lines...)
	await.Tick(t)
	r.compress("x", ".gz")
	r.remove("app.log")
	r.rename("x.gz", "app.log-20260102.gz")
	for range 5 {
		r.step()
	}
	r.want(lines...)
	if n := r.in.Counters().BytesLost; n != 0 {
		t.Errorf("%d bytes lost\n%s", n, r.log.String())
	}
	// What nothing stands for is counted.
	giveBack = exhaust(r.budget)
	r.append("app.log", lines...)
	r.in.scan()
	giveBack()
	r.remove("app.log")
	for range 5 {
		r.step()
	}
	if n := r.in.Counters().BytesLost; n != uint64(len(strings.Join(lines, "\n"))+1) {
		t.Errorf("%d bytes lost\n%s", n, r.log.String())
	}
}
