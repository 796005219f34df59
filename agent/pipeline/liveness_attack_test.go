package pipeline

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"shipper/agent/failover"
	"shipper/agent/poison"
	"shipper/inputs"
	"shipper/outputs"
	"shipper/testing/await"
)

// What precedes a poisoned record is read within the shard's limit: else the
// batch is too large each time, at once and for ever.
func TestPoisonKeepsToTheLimit(t *testing.T) {
	const fits = 2000
	out := &scripted{}
	out.answer = func(_ int, b *outputs.Batch) outputs.Fate {
		if b.Bytes() > fits {
			return outputs.Fate{State: outputs.Refused, Class: outputs.RecordError, TooLarge: true, Err: errScripted}
		}
		return outputs.Fate{State: outputs.Acked}
	}
	r := newRig(t, out)
	var want []string
	for i := range 4 {
		l, text := lines(fmt.Sprintf("%c", 'a'+i), 1000)
		want = append(want, l...)
		r.write(fmt.Sprintf("%c.log", 'a'+i), text)
	}
	out.unknown = true
	r.start(nil)
	defer r.stop()
	await.True(t, patience, "all streams are parked", func() bool { return r.pipe.queue.Count().Parked == 4 })
	refused := inputs.Segment{Data: make([]byte, 1907), End: 1907, Ends: []uint32{1900, 1907}}
	for _, f := range r.pipe.queue.At(failover.Unplaced("")) {
		if strings.HasSuffix(f.Cursor().Stream().Name, "d.log") { // as a refused batch of it alone may leave it
			f.SetPoison(poison.Find(&refused, 0, []outputs.RecordRange{{First: 1, Count: 1, Reason: "poison"}}))
		}
	}
	out.mu.Lock()
	out.unknown = false
	out.mu.Unlock()
	deadline := time.Now().Add(patience)
	for len(out.delivered()) < len(want) && time.Now().Before(deadline) {
		time.Sleep(10 * time.Millisecond)
	}
	got := out.delivered()
	slices.Sort(got)
	slices.Sort(want)
	if len(out.seen()) > 1000 || !slices.Equal(got, want) {
		t.Errorf("%d of %d records delivered in %d attempts", len(got), len(want), len(out.seen()))
	}
}
