package pipeline

import (
	"runtime"
	"strings"
	"testing"

	"shipper/testing/await"
)

// A line costs no allocation on its way from the file to the output: a hundred
// times as many cost next to nothing more.
func TestLinesDoNotAllocate(t *testing.T) {
	line := strings.Repeat("x", 127) + "\n"
	allocated := func(lines int) uint64 {
		out := &scripted{deaf: true, batch: 512 << 10}
		r := newRig(t, out)
		r.write("a.log", strings.Repeat(line, lines))
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		r.start(nil)
		await.True(t, patience, "all lines are delivered", func() bool { return out.count.Load() == int64(lines) })
		r.stop()
		runtime.ReadMemStats(&after)
		return after.Mallocs - before.Mallocs
	}
	const few, many = 1000, 100_000
	little, lots := allocated(few), allocated(many)
	for range 4 { // scans and timers allocate, too, the more the longer it takes
		if lots > little+(many-few)/50 {
			lots = min(lots, allocated(many))
		}
	}
	if lots > little+(many-few)/50 {
		t.Errorf("%d allocations for %d lines, %d for %d", lots, many, little, few)
	}
}
