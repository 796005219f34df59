package logfile

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"shipper/inputs/logfile/proofs"
	"shipper/inputs/logfile/vfs"
)

// Each test here holds one rule that keeps lines safe and that no other test
// would miss: testing/mutants/table breaks them one by one.

// faulty is a file system on which listing fails, or reading one file.
type faulty struct {
	vfs.FS
	list   bool
	unread string // path
}

func (f *faulty) List(dir vfs.Place, visit func(*vfs.Entry)) (vfs.Info, error) {
	if f.list {
		return vfs.Info{}, syscall.EIO
	}
	return f.FS.List(dir, visit)
}

func (f *faulty) Open(p vfs.Place) (vfs.File, error) {
	opened, err := f.FS.Open(p)
	if err != nil {
		return nil, err
	}
	return &faultyFile{opened, f, p.Path()}, nil
}

type faultyFile struct {
	vfs.File
	fs   *faulty
	path string
}

func (f *faultyFile) Pread(p []byte, offset int64) (int, error) {
	if f.path == f.fs.unread {
		return 0, syscall.EIO
	}
	return f.File.Pread(p, offset)
}

// TestBytesBeforeTheOffsetAreProof: the file was truncated and written anew with
// the same beginning, longer than a head, and is longer than before.
func TestBytesBeforeTheOffsetAreProof(t *testing.T) {
	r := newRig(t, nil)
	head, a, b := numbered("head", 0, 60), numbered("a", 0, 20), numbered("b", 0, 40)
	r.append("app.log", head...)
	size := len(strings.Join(head, "\n")) + 1
	if size <= proofs.HeadMax {
		t.Fatalf("the common beginning is %d bytes", size)
	}
	r.append("app.log", a...)
	r.step()
	if err := os.Truncate(r.path("app.log"), int64(size)); err != nil {
		t.Fatal(err)
	}
	r.append("app.log", b...)
	r.step()
	r.want(slices.Concat(head, a, head, b)...)
}

// TestHeadIsProofAtEveryRead: lines are padded, so that the same 64 bytes are
// before the offset after the file was truncated and written anew. Its
// descriptor stays open.
func TestHeadIsProofAtEveryRead(t *testing.T) {
	r := newRig(t, nil)
	pad := strings.Repeat(".", 100)
	a := append(numbered("a", 0, 60), pad)
	b := append(numbered("b", 0, 60), pad, "more")
	r.append("app.log", a...)
	r.step()
	if err := os.Truncate(r.path("app.log"), 0); err != nil {
		t.Fatal(err)
	}
	r.append("app.log", b...)
	r.step()
	r.want(slices.Concat(a, b)...)
}

// TestUnreadBytesHoldTheSuccessor: the older generation can be opened and asked
// for its size, but not read.
func TestUnreadBytesHoldTheSuccessor(t *testing.T) {
	r := newRig(t, nil)
	fail := &faulty{FS: r.in.fs}
	r.see(fail)
	r.append("app.log.1", "a")
	r.in.scan()
	r.append("app.log", "b")
	r.in.scan()
	r.append("app.log.1", "a2")
	r.in.scan() // now its size is known from after the successor appeared
	fail.unread = r.path("app.log.1")
	for _, wait := range []time.Duration{0, 50 * time.Second} {
		r.clock = r.clock.Add(wait)
		r.step()
		r.want()
	}
	r.clock = r.clock.Add(11 * time.Second)
	r.step()
	r.want("b")
	fail.unread = ""
	r.step()
	r.want("b", "a", "a2")
	r.wantLate("a", "a2")
}

// TestGrowthBeforeTheSuccessorIsBegunComesFirst: a line is added to the rotated
// file after the look that found its successor, and before that is read. That is seen by
// its descriptor, or when it is opened once more.
func TestGrowthBeforeTheSuccessorIsBegunComesFirst(t *testing.T) {
	for _, closed := range []bool{false, true} {
		r := newRig(t, nil)
		r.append("app.log", "a1")
		r.step()
		r.rename("app.log", "app.log.1")
		r.append("app.log", "b1")
		r.in.scan()
		if closed {
			r.closeAll()
		}
		r.append("app.log.1", "a2")
		r.ship(0)
		r.step()
		r.want("a1", "a2", "b1")
		r.wantLate()
	}
}

// TestListingThatFailsHidesNothing: an error is never absence.
func TestListingThatFailsHidesNothing(t *testing.T) {
	r := newRig(t, nil)
	fail := &faulty{FS: r.in.fs}
	r.see(fail)
	r.append("app.log", "a")
	r.step()
	fail.list = true
	for range 3 {
		r.clock = r.clock.Add(time.Hour)
		r.step()
	}
	if len(r.in.files) != 1 || len(r.in.nameless) > 0 {
		t.Errorf("%d files, %d of them without a name", len(r.in.files), len(r.in.nameless))
	}
	fail.list = false
	r.append("app.log", "b")
	r.step()
	r.want("a", "b")
	if n := r.in.Counters(); n.Generations != 1 {
		t.Errorf("%+v", n)
	}
}

// TestUnreadableDirectoryForgetsNothing: what can't be looked at for longer than
// ForgetAfter, such as a share that is away, is not gone.
func TestUnreadableDirectoryForgetsNothing(t *testing.T) {
	r := newRig(t, nil)
	r.append("app.log", "a")
	r.step()
	r.restart()
	fail := &faulty{FS: r.in.fs, list: true}
	r.see(fail)
	for range 5 {
		r.clock = r.clock.Add(50 * time.Hour)
		r.step()
	}
	if len(r.forgot) > 0 {
		t.Errorf("forgot %x", r.forgot)
	}
	fail.list = false
	r.append("app.log", "b")
	r.step()
	r.want("a", "b")
}

// TestDeletedUnreadKeepsItsDescriptor: others need descriptors, and there are
// few. Unread files that still have a name give theirs up, the deleted one does
// not.
func TestDeletedUnreadKeepsItsDescriptor(t *testing.T) {
	r := newRig(t, func(c *Config) {
		c.Paths = []string{strings.TrimSuffix(c.Paths[0], "app.log") + "*.log"}
	})
	r.budget = NewDescriptors(8)
	r.restart()
	r.append("gone.log", "gone")
	r.in.scan()
	r.remove("gone.log")
	want := []string{"gone"}
	for i := range 20 {
		line := fmt.Sprintf("line %02d", i)
		r.append(fmt.Sprintf("f%02d.log", i), line)
		want = append(want, line)
	}
	r.in.scan()
	for _, f := range r.in.files {
		if len(f.names) == 0 {
			continue
		}
		h, err := r.in.acquire(f, false)
		if err != nil {
			t.Fatal(err)
		}
		r.budget.Release(h)
	}
	r.in.scan()
	r.ship(0)
	slices.Sort(r.lines)
	slices.Sort(want)
	r.want(want...)
	if n := r.in.Counters(); n.BytesLost != 0 {
		t.Errorf("%+v", n)
	}
}

// TestFinishedAndDeletedHoldsNobody: under want of descriptors a file that was
// read to its end has none any more when it is deleted. Even if an event says
// that it was written, nothing can be found out about it, and nothing is waited
// for: not even for the next scan.
func TestFinishedAndDeletedHoldsNobody(t *testing.T) {
	r := newRig(t, nil)
	r.append("app.log", "a")
	r.step()
	r.in.mu.Lock()
	f := r.in.files[r.onlyKey()]
	r.in.closeHandle(f)
	r.in.stirred(f, r.clock)
	r.in.mu.Unlock()
	r.append("next", "b") // before the deletion, so that it has another inode
	r.rename("next", "app.log")
	r.look()
	r.want("a", "b")
}
