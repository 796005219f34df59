package checkpoint

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// kthFault makes the k-th call of some operations fail, and all that follow
// until it is cured, or that one alone.
type kthFault struct {
	ops  []string
	err  error
	k    int
	only bool // that one alone

	mu    sync.Mutex
	calls int
	since time.Time // when the k-th call came, zero before
	cured bool
}

func (f *kthFault) fail(op, _ string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !slices.Contains(f.ops, op) {
		return nil
	}
	f.calls++
	if f.calls == f.k {
		f.since = time.Now()
	}
	if f.cured || f.calls < f.k || f.only && f.calls > f.k {
		return nil
	}
	return f.err
}

func (f *kthFault) hit() (time.Time, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.since, !f.since.IsZero()
}

func (f *kthFault) cure() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.cured = true
}

// TestKthCallFails: whichever fsync, rename or close fails, with whatever
// error, commits go on, Health says within two seconds what is not durable, and
// all of it is durable within five seconds of the cure.
func TestKthCallFails(t *testing.T) {
	const most = 50
	faults := 0
	for _, ops := range [][]string{{"sync", "syncdir"}, {"rename"}, {"close"}} {
		for _, err := range []error{syscall.ENOSPC, syscall.EROFS, syscall.EIO} {
			for k := 1; k <= most; k++ {
				for _, only := range []bool{false, true} {
					f := &kthFault{ops: ops, err: err, k: k, only: only}
					name := fmt.Sprintf("%v of call %d of %v, only: %v", err, k, ops, only)
					synctest.Test(t, func(t *testing.T) { kthCallFails(t, name, f) })
					faults++
				}
			}
		}
	}
	t.Logf("%d faults", faults)
	if faults < 18*most {
		t.Fatal("too little happened")
	}
}

func kthCallFails(t *testing.T, name string, f *kthFault) {
	const alarm, again = 2 * time.Second, 5 * time.Second
	dir := newCrashFS()
	dir.fail = f.fail
	s := openCrash(dir)
	s.Commit(full())
	at := int64(1000)
	// ship commits for a while, takes snapshots meanwhile, and then lets the
	// syncer come round.
	ship := func(d time.Duration) {
		for until := time.Now().Add(d); time.Now().Before(until); time.Sleep(70 * time.Millisecond) {
			at++
			begin := time.Now()
			commit(s, &Changes{Offsets: []Offset{offset(1, 1, at)}}, int(at))
			if took := time.Since(begin); took > time.Second {
				t.Fatalf("%s: a commit took %s", name, took)
			}
			s.mu.Lock()
			s.limit = 0
			s.mu.Unlock()
			wake(s.wakeKeeper)
		}
		time.Sleep(200 * time.Millisecond)
	}
	durable := func() error {
		l := load(dir.afterPowerLoss(nil))
		if got, want := l.table.state(), s.State(); !reflect.DeepEqual(got, want) {
			return fmt.Errorf("the state on disk stands at %d, the one in memory at %d",
				got.Generations[1].Watermarks[1].Offset, want.Generations[1].Watermarks[1].Offset)
		}
		return nil
	}
	begun := time.Now()
	for {
		if _, hit := f.hit(); hit {
			break
		}
		if time.Since(begun) > time.Minute {
			t.Fatalf("%s: it never came", name)
		}
		ship(100 * time.Millisecond)
	}
	since, _ := f.hit()
	ship(alarm - time.Since(since) - 200*time.Millisecond)
	for range 5 { // an alarm, or nothing to alarm of
		if s.Health() == nil {
			if err := durable(); err != nil {
				t.Fatalf("%s: %v, and Health says nothing of it", name, err)
			}
		}
		ship(time.Second)
	}
	f.cure()
	ship(again - 200*time.Millisecond)
	if err := errors.Join(s.Health(), durable()); err != nil {
		t.Fatalf("%s: %s after the cure: %v", name, again, err)
	}
	want := s.State()
	if err := s.Close(); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if l := load(dir.afterPowerLoss(nil)); !reflect.DeepEqual(l.table.state(), want) || l.report.Fallback {
		t.Fatalf("%s: after the close: %+v", name, l.report)
	}
	if w := want.Generations[1].Watermarks[1].Offset; w != at {
		t.Fatalf("%s: the offset is %d, %d was committed", name, w, at)
	}
}
