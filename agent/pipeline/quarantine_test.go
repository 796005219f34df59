package pipeline

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"shipper/outputs"
	"shipper/testing/await"
)

// A record that quarantine can't take is not passed over: its stream waits at it.
func TestRecordThatQuarantineCantTakeWaits(t *testing.T) {
	out := &scripted{}
	out.answer = func(_ int, b *outputs.Batch) outputs.Fate {
		for i := range b.Segments {
			if strings.Contains(string(b.Segments[i].Data), "POISON") {
				return outputs.Fate{State: outputs.Refused, Class: outputs.RecordError, TooLarge: true, Err: errScripted}
			}
		}
		return outputs.Fate{State: outputs.Acked}
	}
	r := newRig(t, out)
	// A directory stands where its file is to be.
	if err := os.MkdirAll(filepath.Join(r.state, "quarantine.jsonl"), 0o700); err != nil {
		t.Fatal(err)
	}
	before, a := lines("before", 10)
	_, b := lines("after", 10)
	r.write("a.log", a+"POISON\n"+b)
	r.start(nil)
	defer r.stop()
	r.until(before)
	await.True(t, patience, "the quarantine is said to fail", func() bool { message, _ := r.route.LastError(); return strings.Contains(message, "open quarantine") })
	time.Sleep(2 * 250 * time.Millisecond) // it is tried again and again
	r.until(before)
	if n := r.route.Status().QuarantinedRecords; n != 0 {
		t.Errorf("%d records counted as quarantined, none can be", n)
	}
	for _, g := range r.store.State().Generations {
		for _, w := range g.Watermarks {
			if w.Offset > int64(len(a)) {
				t.Errorf("watermark %d is behind the record at %d", w.Offset, len(a))
			}
		}
	}
}
