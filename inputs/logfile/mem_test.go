package logfile

import (
	"fmt"
	"os"
	"runtime"
	"testing"
	"time"

	"shipper/inputs"
)

// TestMemoryOfIdleFiles holds the promise of at most 1 KiB for a known file.
func TestMemoryOfIdleFiles(t *testing.T) {
	const files = 4000
	dir := t.TempDir()
	for i := range files {
		if err := os.WriteFile(fmt.Sprintf("%s/application-%05d.log", dir, i), []byte("line\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	heap := func() uint64 {
		runtime.GC()
		runtime.GC() // the first only empties pools
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := heap()
	woken := make(map[*Cursor]bool, files)
	in, err := New(Config{Label: "idle", Paths: []string{dir + "/*.log"}}, Env{
		AgentID: "agent", Routes: 1, Descriptors: NewDescriptors(64), Wake: each(func(c *Cursor) { woken[c] = true }),
	})
	if err != nil {
		t.Fatal(err)
	}
	in.scan()
	buf := inputs.NewBuffer(1 << 10)
	for c := range woken {
		for {
			buf.Reset()
			seg, _, err := c.Read(buf, 512)
			if err != nil {
				t.Fatal(err)
			}
			if seg.Start == seg.End {
				break
			}
			c.Commit(&seg)
		}
	}
	woken = nil
	now := time.Now().Add(time.Hour)
	in.now = func() time.Time { return now }
	in.scan()
	in.Track(now, func(string, []Tracked) {})
	each := (heap() - before) / files
	t.Logf("%d bytes for an idle file", each)
	if each > 1024 {
		t.Errorf("an idle file takes %d bytes", each)
	}
	if err := in.Close(); err != nil {
		t.Fatal(err)
	}
}
