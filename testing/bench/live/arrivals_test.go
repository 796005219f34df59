package live

import (
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"shipper/inputs"
	"shipper/outputs"
	"shipper/outputs/kafka/recordbatch"
)

// TestArrivals: lines are known again in a record batch, whatever is between.
func TestArrivals(t *testing.T) {
	var a Arrivals
	seg := inputs.Segment{Gen: &inputs.Generation{Stream: &inputs.Stream{}}}
	for _, line := range [][]byte{a.Line(), []byte("another\n"), a.Line(), []byte("\n")} {
		seg.Data = append(seg.Data, line...)
		seg.Ends = append(seg.Ends, uint32(len(seg.Data)))
	}
	last := a.Line()
	raw, err := recordbatch.NewEncoder(recordbatch.Options{RecordID: true}).Encode(
		&outputs.Batch{Time: time.Now(), Segments: []inputs.Segment{seg}}, recordbatch.Producer{})
	if err != nil {
		t.Fatal(err)
	}
	if new(kmsg.RecordBatch).ReadFrom(raw) != nil {
		t.Fatal("not a record batch")
	}
	a.Take("", 0, 0, raw)
	if a.Missing() != 1 || a.Others() != 2 {
		t.Errorf("%d missing, %d others, want the line %q missing and 2 others", a.Missing(), a.Others(), last)
	}
	if p50, p99 := a.Delays(time.Time{}); p50 <= 0 || p99 < p50 {
		t.Errorf("delays are %v and %v", p50, p99)
	}
}
