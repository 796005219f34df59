package failover

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"shipper/testing/store"
)

// drains runs a drain that ends with a code, and returns what it says.
func (s *story) drains(code int, args ...string) string {
	s.t.Helper()
	begun := time.Now()
	args = append([]string{"drain", "--config", filepath.Join(s.dir, "shipper.hcl"), "--settle", "100ms"}, args...)
	cmd := exec.CommandContext(s.t.Context(), shared.program, args...)
	said, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil || cmd.ProcessState.ExitCode() != code {
		s.t.Fatalf("%q: %v, not exit code %d, after %s:\n%s", args, err, code, time.Since(begun), said)
	}
	return string(said)
}

// TestDrainDiverts: a host goes away while Kafka takes nothing. Without --divert the
// drain says what is left; with it, what is left is in the bucket, which it lists, and
// another host ships it.
func TestDrainDiverts(t *testing.T) {
	t.Parallel()
	s := newStory(t, settings{failover: "after = \"1h\"\n    return_after = \"0s\""})
	names := []string{"a", "b", "c"}
	s.startWith(names)
	before, _ := s.written()
	s.kafka.away.Store(true)
	for _, n := range names {
		s.write(n, 1500)
		s.turn(n)
		s.write(n, 500)
	}
	left := func(said, what string) {
		t.Helper()
		for _, n := range names {
			if !strings.Contains(said, filepath.Join("logs", n+".log")) || !strings.Contains(said, what) {
				t.Errorf("%s.log, %q: not said:\n%s", n, what, said)
			}
		}
	}
	left(s.drains(1, "--timeout", "3s"), "not drained: ")
	if s.aside() != 0 {
		t.Error("lines were put aside unasked")
	}
	s.proxy.Rule(func(*http.Request) store.Fault { return store.Internal })
	left(s.drains(1, "--divert", "--timeout", "3s"), "not drained: ")
	s.proxy.Rule(func(*http.Request) store.Fault { return store.Pass })

	left(s.drains(0, "--divert", "--timeout", "40s"), "aside in output s3.backup")
	after, _ := s.written()
	if n := s.aside(); n != after-before {
		t.Fatalf("%d bytes are aside, %d were left", n, after-before)
	}
	s.stop()
	must(t, os.RemoveAll(filepath.Join(s.dir, "state")))
	must(t, os.RemoveAll(filepath.Join(s.dir, "logs")))
	s.kafka.away.Store(false)
	s.otherHost().replays(0, "s3://"+s.where)
	if d := s.verdict(); d != 0 {
		t.Errorf("%d bytes twice", d)
	}
}
