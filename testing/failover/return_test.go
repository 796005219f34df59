package failover

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"shipper/outputs/s3"
	"shipper/testing/store"
)

// tell is one outage from its beginning to its end: lines are delivered, Kafka goes
// away, lines are put aside, Kafka comes back, everything returns. With gone set,
// the files are deleted while their lines are aside, and the agent restarted.
func (s *story) tell(gone bool) {
	s.t.Helper()
	names := []string{"a", "b", "c"}
	for _, n := range names {
		s.write(n, 300)
	}
	s.start()
	s.until("the first lines arrive", func() bool { _, n := s.written(); return s.arrived() == n })
	before, _ := s.written()

	s.kafka.away.Store(true)
	for _, n := range names {
		s.write(n, 1500)
		s.turn(n)
		s.write(n, 1000)
	}
	s.until("everything is aside", func() bool { b, _ := s.written(); return s.aside() >= b-before })
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
}

// forgotten tells whether an object is one that a crash left between storing and
// noting: nobody asks for it, and it may stay.
func (s *story) forgotten() bool { return s.killAt > 0 || s.edge != "" || s.lenient }

func (s *story) judge() {
	s.t.Helper()
	duplicates := s.verdict()
	s.mu.Lock()
	defer s.mu.Unlock()
	if most := int64(s.kills) * (partitions*batchSize + objectSize); duplicates > most {
		s.t.Errorf("%d bytes twice after %d kills, at most %d are allowed", duplicates, s.kills, most)
	}
	s.t.Logf("%d events, %d kills, %d bytes twice", len(s.events), s.kills, duplicates)
}

// TestReturn: an outage without a kill repeats nothing and leaves nothing behind.
func TestReturn(t *testing.T) {
	for _, gone := range []bool{false, true} {
		t.Run(fmt.Sprintf("gone=%v", gone), func(t *testing.T) {
			t.Parallel()
			s := newStory(t, 0, "")
			s.tell(gone)
			s.judge()
		})
	}
}

// edges are those that an outage passes.
var edges = []string{"healthy → stalled", "stalled → diverting", "diverting → returning", "returning → healthy"}

// calls is about how many calls to Kafka and the bucket an outage takes, twice or
// three times counted: before, after, and after the answer.
const calls = 150

// TestKills kills the agent at every edge and at calls of both stores, with the
// files there and with the files gone. SHIPPER_FAILOVER_SEED repeats a run.
func TestKills(t *testing.T) {
	seed := time.Now().UnixNano()
	if v := os.Getenv("SHIPPER_FAILOVER_SEED"); v != "" {
		n, err := strconv.ParseInt(v, 10, 64)
		must(t, err)
		seed = n
	}
	t.Logf("replay: SHIPPER_FAILOVER_SEED=%d go test -run TestKills ./testing/failover", seed)
	random := rand.New(rand.NewPCG(uint64(seed), 0))
	seeds := 1
	if os.Getenv("SHIPPER_TORTURE") != "" {
		seeds = 25
	}
	const points = 20
	for n := range seeds {
		for _, gone := range []bool{false, true} {
			for _, edge := range edges {
				t.Run(fmt.Sprintf("seed=%d/gone=%v/edge=%s", n, gone, edge), func(t *testing.T) {
					t.Parallel()
					s := newStory(t, 0, "")
					s.killAtEdge(edge)
					s.tell(gone)
					s.judge()
				})
			}
			for i := range points {
				at := 1 + i*calls/points + random.IntN(calls/points)
				t.Run(fmt.Sprintf("seed=%d/gone=%v/call=%d", n, gone, at), func(t *testing.T) {
					t.Parallel()
					s := newStory(t, at, "")
					s.tell(gone)
					s.judge()
				})
			}
		}
	}
}

// TestStateIsLost: state and files are gone while lines are aside. The agent lists
// what it once stored, and delivers it; a generation of which the beginning had been
// delivered before begins where that ended.
func TestStateIsLost(t *testing.T) {
	t.Parallel()
	s := newStory(t, 0, "")
	names := []string{"a", "b", "c"}
	for _, n := range names {
		s.write(n, 300)
	}
	s.start()
	s.until("the first lines arrive", func() bool { _, n := s.written(); return s.arrived() == n })
	before, _ := s.written()
	s.kafka.away.Store(true)
	for _, n := range names {
		s.write(n, 1500)
	}
	s.until("everything is aside", func() bool { b, _ := s.written(); return s.aside() >= b-before })
	s.stop()
	must(t, os.RemoveAll(filepath.Join(s.dir, "state")))
	for _, n := range names {
		s.remove(n)
	}
	s.kafka.away.Store(false)
	s.start()
	s.until("everything has arrived", func() bool { _, n := s.written(); return s.arrived() == n })
	s.until("everything is marked", func() bool {
		return !slices.ContainsFunc(s.objects(), func(e s3.Entry) bool { return !e.Returned })
	})
	if d := s.verdict(); d != 0 {
		t.Errorf("%d bytes twice", d)
	}
}

// TestFaults is an outage of Kafka under which the bucket fails in every way, too.
func TestFaults(t *testing.T) {
	for _, gone := range []bool{false, true} {
		t.Run(fmt.Sprintf("gone=%v", gone), func(t *testing.T) {
			t.Parallel()
			s := newStory(t, 0, "")
			s.lenient = true
			faults := []store.Fault{store.SlowDown, store.Internal, store.LoseAnswer, store.Refuse, store.Truncate, store.Slow, store.Twice, store.NoChecksum, store.WrongSum}
			var n, hurt atomic.Int64
			s.proxy.Rule(func(r *http.Request) store.Fault {
				i := n.Add(1)
				if i%3 == 0 {
					return store.Pass
				}
				f := faults[int(i/3)%len(faults)]
				if r.Method == http.MethodGet && (f == store.NoChecksum || f == store.WrongSum || f == store.Twice) {
					return store.Stale
				}
				if f == store.NoChecksum && i > 12 {
					return store.Pass // each is retried slowly
				}
				hurt.Add(1)
				return f
			})
			s.tell(gone)
			s.judge()
			if hurt.Load() < 10 {
				t.Errorf("only %d faults", hurt.Load())
			}
		})
	}
}
