package failover

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"shipper/outputs/s3"
	"shipper/testing/store"
)

// asideWithoutState is a story whose logs and state are gone, of whose lines the most are in
// the bucket. Its agent is not running.
func asideWithoutState(t *testing.T) *story {
	t.Helper()
	s := newStory(t, settings{})
	names := []string{"a", "b", "c"}
	s.startWith(names)
	before, _ := s.written()
	s.kafka.away.Store(true)
	for _, n := range names {
		s.write(n, 1500)
	}
	s.untilAside(before)
	s.stop()
	must(t, os.RemoveAll(filepath.Join(s.dir, "state")))
	for _, n := range names {
		s.remove(n)
	}
	s.kafka.away.Store(false)
	return s
}

// returned waits until everything has come back, and judges.
func (s *story) returned() {
	s.t.Helper()
	s.until("everything has arrived", func() bool { _, n := s.written(); return s.arrived() == n })
	s.until("everything is marked", func() bool {
		return !slices.ContainsFunc(s.objects(), func(e s3.Entry) bool { return !e.Returned })
	})
	if d := s.verdict(); d != 0 {
		s.t.Errorf("%d bytes twice", d)
	}
}

// TestStateIsLost: state and files are gone while lines are aside. The agent lists
// what it once stored, and delivers it; a generation of which the beginning had been
// delivered before begins where that ended.
func TestStateIsLost(t *testing.T) {
	t.Parallel()
	s := asideWithoutState(t)
	s.start()
	s.returned()
}

// TestStateIsLostAndTheBucketAway: the store gives nothing at first. That the agent ends
// meanwhile, or that a reload begins its input anew, changes nothing.
func TestStateIsLostAndTheBucketAway(t *testing.T) {
	for name, meanwhile := range map[string]func(s *story){
		"restart": (*story).restart,
		"reload":  func(s *story) { s.edit(`quiet_after   = "1s"`, `quiet_after   = "2s"`) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := asideWithoutState(t)
			s.proxy.Rule(func(*http.Request) store.Fault { return store.SlowDown })
			s.start()
			s.until("the bucket can't be listed", func() bool { return s.said("can't be listed") > 0 })
			meanwhile(s)
			s.proxy.Rule(nil)
			s.returned()
		})
	}
}

// TestStateIsLostAndTheFailover: a reload brings the failover back, which is all that the
// agent needs.
func TestStateIsLostAndTheFailover(t *testing.T) {
	t.Parallel()
	s := asideWithoutState(t)
	path := filepath.Join(s.dir, "shipper.hcl")
	text, err := os.ReadFile(path)
	must(t, err)
	before, rest, _ := bytes.Cut(text, []byte("  failover {"))
	block, after, _ := bytes.Cut(rest, []byte("\n  }\n"))
	must(t, os.WriteFile(path, slices.Concat(before, []byte("# here\n"), after), 0o644))
	s.start()
	s.until("the agent runs", func() bool { return s.said(`"started"`) > 1 })
	s.edit("# here\n", "  failover {"+string(block)+"\n  }\n")
	s.returned()
}
