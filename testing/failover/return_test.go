package failover

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"shipper/testing/store"
)

// startWith starts the agent on some logs, and returns when Kafka has their first lines.
func (s *story) startWith(logs []string) {
	s.t.Helper()
	for _, n := range logs {
		s.write(n, 300)
	}
	s.start()
	s.until("the first lines arrive", func() bool { _, n := s.written(); return s.arrived() == n })
}

// tell is one outage from its beginning to its end: lines are delivered, Kafka goes
// away, lines are put aside, Kafka comes back, everything returns. With gone set,
// the files are deleted while their lines are aside, and the agent restarted.
func (s *story) tell(gone bool) {
	s.t.Helper()
	names := []string{"a", "b", "c"}
	s.startWith(names)
	before, _ := s.written()

	s.kafka.away.Store(true)
	for _, n := range names {
		s.write(n, 1500)
		s.turn(n)
		s.write(n, 1000)
	}
	s.untilAside(before)
	if gone {
		for _, n := range names {
			s.remove(n)
		}
		s.restart()
	}
	s.kafka.away.Store(false)
	if gone {
		for _, n := range names {
			s.write(n, 10)
		}
	}
	s.until("everything has arrived", func() bool { _, n := s.written(); return s.arrived() == n })
	s.until("everything is marked as returned", func() bool {
		for _, e := range s.objects() {
			if !e.Returned && !s.forgotten() {
				return false
			}
		}
		return true
	})
	if s.edge == "" {
		return
	}
	// The last edge comes when all is done. Who is killed there must go on, too.
	s.until("the agent is killed at the edge", func() bool { return s.killed() > 0 })
	for _, n := range names {
		s.write(n, 10)
	}
	s.until("lines that follow arrive", func() bool { _, n := s.written(); return s.arrived() == n })
}

// forgotten tells whether an object is one that a crash left between storing and
// noting: nobody asks for it, and it may stay.
func (s *story) forgotten() bool { return s.killAt > 0 || s.edge != "" || s.lenient }

// judge holds what arrived against what was written and returns how many bytes
// came twice.
func (s *story) judge() (duplicates int64) {
	s.t.Helper()
	duplicates = s.verdict()
	s.mu.Lock()
	defer s.mu.Unlock()
	if most := int64(s.kills) * (partitions*batchSize + objectSize); duplicates > most {
		s.t.Errorf("%d bytes twice after %d kills, at most %d are allowed", duplicates, s.kills, most)
	}
	s.t.Logf("%d events, %d kills, %d bytes twice", len(s.events), s.kills, duplicates)
	return duplicates
}

// TestReturn: an outage without a kill repeats nothing and leaves nothing behind.
func TestReturn(t *testing.T) {
	for _, gone := range []bool{false, true} {
		t.Run(fmt.Sprintf("gone=%v", gone), func(t *testing.T) {
			t.Parallel()
			s := newStory(t, settings{})
			s.tell(gone)
			s.judge()
		})
	}
}

// edges are those that an outage passes.
var edges = []string{"healthy → stalled", "stalled → diverting", "diverting → returning", "returning → healthy"}

// calls is about how many calls to Kafka and the bucket an outage takes at least,
// twice or three times counted: before, after, and after the answer.
const calls = 120

// torture tells whether tests run in full.
func torture() bool { return os.Getenv("SHIPPER_TORTURE") != "" }

// randomly returns a source, and logs how its numbers are had again.
func randomly(t *testing.T) *rand.Rand {
	t.Helper()
	seed := time.Now().UnixNano()
	if v := os.Getenv("SHIPPER_FAILOVER_SEED"); v != "" {
		n, err := strconv.ParseInt(v, 10, 64)
		must(t, err)
		seed = n
	}
	t.Logf("replay: SHIPPER_FAILOVER_SEED=%d go test -run %s ./testing/failover", seed, t.Name())
	return rand.New(rand.NewPCG(uint64(seed), 0))
}

// TestKills kills the agent at every edge and at calls of both stores, with the
// files there and with the files gone. SHIPPER_FAILOVER_SEED repeats a run.
func TestKills(t *testing.T) {
	random := randomly(t)
	seeds := 1
	if torture() {
		seeds = 25
	}
	const points = 20
	var told, struck, doubled atomic.Int64
	judge := func(t *testing.T, s *story) {
		told.Add(1)
		doubled.Add(s.judge())
		if s.killed() == 0 {
			t.Log("the story was over before its call came")
			return
		}
		struck.Add(1)
	}
	t.Cleanup(func() { // after all stories
		t.Logf("%d stories, %d with a kill, %d bytes twice", told.Load(), struck.Load(), doubled.Load())
		if struck.Load() < told.Load()*40/48 { // 40 a seed
			t.Errorf("the agent was killed in %d stories of %d", struck.Load(), told.Load())
		}
	})
	for n := range seeds {
		for _, gone := range []bool{false, true} {
			for _, edge := range edges {
				t.Run(fmt.Sprintf("seed=%d/gone=%v/edge=%s", n, gone, edge), func(t *testing.T) {
					t.Parallel()
					s := newStory(t, settings{})
					s.killAtEdge(edge)
					s.tell(gone)
					judge(t, s)
				})
			}
			for i := range points {
				at := 1 + i*calls/points + random.IntN(calls/points)
				t.Run(fmt.Sprintf("seed=%d/gone=%v/call=%d", n, gone, at), func(t *testing.T) {
					t.Parallel()
					s := newStory(t, settings{killAt: at})
					s.tell(gone)
					judge(t, s)
				})
			}
		}
	}
}

// TestFaults is an outage of Kafka under which the bucket fails in every way, too.
func TestFaults(t *testing.T) {
	random := randomly(t)
	seeds := 1
	if torture() {
		seeds = 10
	}
	for n := range seeds {
		for _, gone := range []bool{false, true} {
			order := random.Perm(len(faults))
			t.Run(fmt.Sprintf("seed=%d/gone=%v", n, gone), func(t *testing.T) {
				t.Parallel()
				s := newStory(t, settings{})
				s.lenient = true
				hurt := s.hurt(order)
				s.tell(gone)
				s.judge()
				if hurt.Load() < 10 {
					t.Errorf("only %d faults", hurt.Load())
				}
			})
		}
	}
}

var faults = []store.Fault{store.SlowDown, store.Internal, store.LoseAnswer, store.Refuse, store.Truncate, store.Slow, store.Twice, store.NoChecksum, store.WrongSum}

// hurt has three of four calls of the bucket fail, in every way in turn, and counts
// them.
func (s *story) hurt(order []int) *atomic.Int64 {
	var n, hurt atomic.Int64
	s.proxy.Rule(func(r *http.Request) store.Fault {
		i := n.Add(1)
		if i%4 == 0 {
			return store.Pass
		}
		f := faults[order[int(i)%len(order)]]
		if r.Method == http.MethodGet && (f == store.NoChecksum || f == store.WrongSum || f == store.Twice) {
			return store.Stale
		}
		if f == store.NoChecksum && i > 12 {
			return store.Pass // each is retried slowly
		}
		hurt.Add(1)
		return f
	})
	return &hurt
}
