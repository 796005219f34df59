package failover

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// edit changes the configuration, and returns when that is in force.
func (s *story) edit(old, fresh string) {
	s.t.Helper()
	path, before := filepath.Join(s.dir, "shipper.hcl"), s.said("configuration reloaded")
	text, err := os.ReadFile(path)
	must(s.t, err)
	if !bytes.Contains(text, []byte(old)) {
		s.t.Fatalf("no %q to change", old)
	}
	must(s.t, os.WriteFile(path, bytes.ReplaceAll(text, []byte(old), []byte(fresh)), 0o644))
	s.until("the configuration is reloaded", func() bool { return s.said("configuration reloaded") > before })
}

// TestReloadWhileObjectsReturn: an input is begun anew again and again while its lines come
// back from objects, and their files are gone.
func TestReloadWhileObjectsReturn(t *testing.T) {
	t.Parallel()
	s := newStory(t, settings{failover: "after = \"1s\"\n    return_after = \"0s\"\n    return_rate = \"64KiB\""})
	names := []string{"a", "b", "c"}
	s.startWith(names)
	before, _ := s.written()
	s.kafka.away.Store(true)
	for _, n := range names {
		s.write(n, 4000)
	}
	s.untilAside(before)
	for _, n := range names {
		s.remove(n)
	}
	s.kafka.away.Store(false)
	_, all := s.written()
	reloads := 0
	old, fresh := `quiet_after   = "1s"`, `quiet_after   = "2s"`
	for last := s.arrived(); last < all; {
		s.until("more lines arrive", func() bool { return s.arrived() > last })
		if last = s.arrived(); last < all {
			s.edit(old, fresh)
			old, fresh = fresh, old
			reloads++
		}
		time.Sleep(100 * time.Millisecond)
	}
	s.judge()
	if n := s.said("failover: healthy → returning"); n > 0 {
		t.Errorf("%d times it was healthy before everything had returned", n)
	}
	if reloads < 3 {
		t.Errorf("only %d reloads", reloads)
	}
	t.Logf("%d reloads", reloads)
}

// TestFailoverByReload: an output has its failover taken by a reload and, while Kafka takes
// nothing, given back by another. From then on its lines are put aside.
func TestFailoverByReload(t *testing.T) {
	t.Parallel()
	s := newStory(t, settings{failover: "after = \"1s\"\n    return_after = \"0s\""})
	s.startWith([]string{"a"})
	with, without := "failover {\n    output = output.s3.backup\n    after = \"1s\"\n    return_after = \"0s\"\n  }", "# no failover"
	s.edit(with, without)
	before, _ := s.written()
	s.kafka.away.Store(true)
	s.write("a", 4000)
	s.edit(without, with)
	s.untilAside(before)
	s.kafka.away.Store(false)
	s.until("all lines arrive", func() bool { _, n := s.written(); return s.arrived() == n })
	s.judge()
}
