package checkpoint

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"reflect"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"shipper/checkpoint/disk"
)

var seedFlag = flag.Uint64("checkpoint.seed", 0, "replay a random test")

func newSeed(t *testing.T) uint64 {
	seed := *seedFlag
	if seed == 0 {
		seed = rand.Uint64()
	}
	t.Logf("replay with: go test ./checkpoint -run '^%s$' -checkpoint.seed=%d", t.Name(), seed)
	return seed
}

func openCrash(dir disk.FS) *Store {
	s := newStore(dir, Options{})
	s.start(nil)
	return s
}

// commit has the n-th changes written by the committer, or by the caller.
func commit(s *Store, c *Changes, n int) {
	if n%2 == 0 {
		s.Commit(c)
	} else {
		s.CommitHere(c, func() {})
	}
}

// history is what the store held after each commit until the crash, and when.
type history struct {
	mu     sync.Mutex
	over   bool
	states []State
	at     []time.Time
	// Commits begun and returned at the crash, and when it was.
	begun, returned int
	crashedAt       time.Time
}

func (h *history) crash() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.over {
		h.over, h.returned, h.crashedAt = true, len(h.states)-1, time.Now()
	}
}

func (h *history) begin(n int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.over {
		h.begun = n
	}
}

func (h *history) end(s State) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.over {
		h.states = append(h.states, s)
		h.at = append(h.at, time.Now())
	}
}

func (h *history) isOver() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.over
}

// workload opens a store, commits, lets it take snapshots, closes it, and opens
// it again. It returns what a crash may leave.
func workload(dir *crashFS, seed uint64) *history {
	r := rand.New(rand.NewPCG(seed, 1))
	h := &history{states: []State{newTable().state()}, at: []time.Time{time.Now()}}
	begun := 0
	dir.onCrash = func() { h.crash() }
	defer h.crash() // or there was none
	var at [4]int64
	for range 3 {
		s := openCrash(dir)
		for range 12 {
			c := &Changes{}
			if begun == 0 {
				c = full()
				at = [4]int64{0, 100, 0, 7}
			}
			for id := uint64(1); id <= 2; id++ {
				at[id] += 1 + int64(r.IntN(1000))
				c.Offsets = append(c.Offsets, offset(id, 1, at[id]))
			}
			if r.IntN(3) == 0 {
				extra := identity(100 + uint64(begun))
				c.Identities = append(c.Identities, extra)
				c.Offsets = append(c.Offsets, offset(extra.ID, 1, 1))
			}
			if r.IntN(4) == 0 && begun > 1 {
				c.Forget = append(c.Forget, 100+uint64(begun)-1)
			}
			begun++
			h.begin(begun)
			commit(s, c, begun)
			h.end(s.State())
			if r.IntN(4) == 0 {
				// As if the log were long.
				s.mu.Lock()
				s.limit = 0
				s.mu.Unlock()
				wake(s.wakeKeeper)
			}
			time.Sleep(time.Duration(r.IntN(60)) * time.Millisecond)
		}
		_ = s.Close()
		if h.isOver() {
			break
		}
	}
	return h
}

// find returns which state of the history s is, at or after from.
func (h *history) find(s State, from int) int {
	for i := from; i < len(h.states); i++ {
		if reflect.DeepEqual(h.states[i], s) {
			return i
		}
	}
	return -1
}

// TestCrashAfterEveryOperation is I8 and I1: whatever operation of a workload a
// crash comes after, and whatever it leaves of what was not synced, the store
// opens to the state after some commit, and to none older than it promises.
func TestCrashAfterEveryOperation(t *testing.T) {
	seed := newSeed(t)
	workloads, atLeast := share(2, 10), share(1000, 5000)
	c := crashes{}
	for i := range workloads {
		synctest.Test(t, func(t *testing.T) { c.after(t, seed+uint64(i)) })
	}
	t.Logf("%d workloads, a crash after each of %d operations, %d states loaded; %d more crashes while they were opened",
		workloads, c.operations, c.states, c.again)
	if c.states < atLeast || c.again < atLeast/2 {
		t.Fatalf("too little happened: %d states, %d second crashes", c.states, c.again)
	}
}

// crashes counts what was tried.
type crashes struct{ operations, states, again int }

// after lets a workload crash after each of its operations.
func (c *crashes) after(t *testing.T, seed uint64) {
	whole := newCrashFS()
	h := workload(whole, seed)
	synctest.Wait()
	if h.returned < 36 || whole.ops < 150 {
		t.Fatalf("seed %d: too little happened: %d commits, %d operations", seed, h.returned, whole.ops)
	}
	c.operations += whole.ops
	for op := 1; op <= whole.ops; op++ {
		dir := newCrashFS()
		dir.crashAt = op
		h := workload(dir, seed)
		synctest.Wait()
		// A commit that was under way may count.
		if h.begun > h.returned {
			h.states = append(h.states, h.underWay(seed))
		}
		r := rand.New(rand.NewPCG(seed, uint64(op)))
		check := func(how string, left *crashFS, atLeast int) {
			t.Helper()
			c.states++
			h.check(t, fmt.Sprintf("seed %d, crash at operation %d, %s", seed, op, how), left, atLeast)
			c.again += h.crashAgain(t, fmt.Sprintf("seed %d, crash at operation %d, %s", seed, op, how), left, atLeast, r)
		}
		check("kill", dir.afterKill(), h.returned)
		synced := h.synced()
		check("power, all lost", dir.afterPowerLoss(nil), synced)
		for range 4 {
			check("power, some lost", dir.afterPowerLoss(r), synced)
		}
	}
}

// synced is the newest commit that must outlive a loss of power: those of the
// last 100 ms need not.
func (h *history) synced() int {
	synced := 0
	for i, at := range h.at {
		if i <= h.returned && h.crashedAt.Sub(at) > 100*time.Millisecond {
			synced = i
		}
	}
	return synced
}

// underWay is the state that the commit under way at the crash would have made.
func (h *history) underWay(seed uint64) State {
	undisturbed := workload(newCrashFS(), seed)
	return undisturbed.states[h.begun]
}

func (h *history) check(t *testing.T, where string, left *crashFS, atLeast int) {
	t.Helper()
	dir := left.clone()
	l := load(left)
	if h.find(l.table.state(), atLeast) < 0 {
		t.Fatalf("%s: the state is not one of commits %d to %d but %d; %d generations; report %+v",
			where, atLeast, h.begun, h.find(l.table.state(), 0), len(l.table.generations), l.report)
	}
	if l.report.Lost || l.report.Fallback {
		t.Fatalf("%s: report %+v", where, l.report)
	}
	// And the store that opens there goes on.
	s := openCrash(dir)
	s.Commit(&Changes{Identities: []Identity{identity(77)}})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if l := load(dir); l.table.generations[77] == nil || len(l.report.Problems) > 0 {
		t.Fatalf("%s: after another commit: %+v", where, l.report)
	}
}

// crashAgain opens what a crash left, crashes at some operation of that, too,
// and looks for the same state. It returns 1 if there was a second crash.
func (h *history) crashAgain(t *testing.T, where string, left *crashFS, atLeast int, r *rand.Rand) int {
	t.Helper()
	first := load(left.clone()).table.state()
	dir, crashed := left.clone(), false
	dir.crashAt = 1 + r.IntN(20)
	dir.onCrash = func() { crashed = true }
	s := openCrash(dir)
	_ = s.Close()
	synctest.Wait()
	if !crashed {
		return 0
	}
	l := load(dir.afterPowerLoss(r))
	if got := l.table.state(); !reflect.DeepEqual(got, first) || l.report.Lost || l.report.Fallback {
		t.Fatalf("%s, and then at operation %d of the start: the state is that of commit %d, was that of commit %d (promised: %d); report %+v",
			where, dir.crashAt, h.find(got, 0), h.find(first, 0), atLeast, l.report)
	}
	return 1
}
