package logfile

import (
	"fmt"
	"os"
	"testing"
	"time"

	"shipper/inputs"
)

// BenchmarkScanWatched is a full scan of 10,000 files of which changes are
// announced and that were not written for long, as it is at an idle agent.
func BenchmarkScanWatched(b *testing.B) {
	dir := b.TempDir()
	old := time.Now().Add(-time.Hour)
	for i := range 10_000 {
		name := fmt.Sprintf("%s/app-%05d.log", dir, i)
		if err := os.WriteFile(name, nil, 0o644); err != nil {
			b.Fatal(err)
		}
		if err := os.Chtimes(name, old, old); err != nil {
			b.Fatal(err)
		}
	}
	in, woken := benchInput(b, dir+"/*.log")
	in.startWatcher()
	defer in.stopWatcher()
	in.scan()
	buf := inputs.NewBuffer(1 << 10)
	for c := range woken {
		if _, _, err := c.Read(b.Context(), buf, 1<<10); err != nil {
			b.Fatal(err)
		}
	}
	in.scan()
	b.ReportAllocs()
	for b.Loop() {
		in.scan()
	}
}
