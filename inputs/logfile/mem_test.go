package logfile

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"shipper/inputs"
)

// TestMemoryOfIdleFiles holds the promise of at most 1 KiB for a known file.
func TestMemoryOfIdleFiles(t *testing.T) {
	const files = 4000
	parent, err := os.MkdirTemp("/tmp", "shipper-idle-")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(parent)
	const path = 60 // bytes, wherever the machine has its temporary files
	name := func(i int) string { return fmt.Sprintf("/application-%05d.log", i) }
	dir := parent + "/" + strings.Repeat("d", path-len(parent)-1-len(name(0)))
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for i := range files {
		if err := os.WriteFile(dir+name(i), []byte("line\n"), 0o644); err != nil {
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
			seg, _, err := c.Read(t.Context(), buf, 512)
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
