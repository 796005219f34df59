package failover

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"shipper/outputs/s3"
)

// TestDamagedObject: a file is gone and its object was damaged, and another object
// under the prefix is not ours. The first is named, with what to do, and kept; the
// lines of other logs return, and those of its log as soon as the object is mended.
func TestDamagedObject(t *testing.T) {
	t.Parallel()
	s := newStory(t, settings{})
	s.lenient = true
	read := s.read()
	for _, n := range []string{"a", "b", "c"} {
		s.write(n, 10)
	}
	s.start()
	s.until("the first lines arrive", func() bool { return read.reached(s.logs) })
	before, _ := s.written()
	s.kafka.away.Store(true)
	for _, n := range []string{"a", "b", "c"} {
		s.write(n, 200)
	}
	s.untilAside(before)
	var bad s3.Entry
	for _, e := range s.objects() {
		if bad.Key == "" {
			bad = e
		}
	}
	path := shared.store.Path(s.where, bad.Key)
	whole, err := os.ReadFile(path)
	must(t, err)
	damaged := append([]byte(nil), whole...)
	damaged[len(damaged)/2] ^= 0x55
	must(t, os.WriteFile(path, damaged, 0o644))
	must(t, os.WriteFile(filepath.Join(filepath.Dir(path), "notes.txt"), []byte("hello"), 0o644))
	for _, n := range []string{"a", "b", "c"} {
		s.remove(n)
	}
	s.restart()
	s.kafka.away.Store(false)
	s.until("the lines of two logs have returned", func() bool {
		n := 0
		for name, l := range s.logs {
			if read.reached(map[string]*log{name: l}) {
				n++
			}
		}
		return n == 2
	})
	s.until("the damage is told", func() bool { return s.said("damaged") > 0 })
	said, err := os.ReadFile(filepath.Join(s.dir, "agent.log"))
	must(t, err)
	if !strings.Contains(string(said), bad.Key) {
		t.Error("the agent's log does not name the object")
	}
	must(t, os.WriteFile(path, whole, 0o644))
	s.until("what was mended returns", func() bool { return read.reached(s.logs) })
	if _, missing, _ := read.seen(); missing > 0 {
		t.Errorf("%d lines are missing", missing)
	}
}
