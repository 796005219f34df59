package poison

import (
	"errors"
	"testing"

	"shipper/inputs"
	"shipper/outputs"
)

// batchOf makes a batch of two segments, the first without records, the second with
// so many lines of ten bytes.
func batchOf(lines int, fate outputs.Fate) *outputs.Batch {
	seg := inputs.Segment{Data: make([]byte, 10*lines), End: int64(10 * lines)}
	for i := range lines {
		seg.Ends = append(seg.Ends, uint32(10*(i+1)))
	}
	fate.State = outputs.Refused
	return &outputs.Batch{Segments: []inputs.Segment{{}, seg}, Fate: fate}
}

// TestCutFindsTheRecord halves batches until one record is left, which is named.
func TestCutFindsTheRecord(t *testing.T) {
	var c Cut
	for lines := 64; ; lines = max(1, c.Limit()/10) {
		rejected, better := c.Refused(batchOf(lines, outputs.Fate{Class: outputs.RecordError, Err: errors.New("no")}))
		if lines > 1 {
			if !better || rejected != nil || c.Limit() != 5*lines {
				t.Fatalf("%d lines: better %v, rejected %v, limit %d", lines, better, rejected, c.Limit())
			}
			continue
		}
		if better || len(rejected) != 1 || rejected[0] != (outputs.RecordRange{Segment: 1, Count: 1, Reason: "no"}) {
			t.Fatalf("one line: better %v, rejected %+v", better, rejected)
		}
		break
	}
	if c.Found(); c.Limit() != 0 {
		t.Errorf("limit %d once it is found", c.Limit())
	}
}

// TestCutGrowsAgain: after so many batches a larger one is tried.
func TestCutGrowsAgain(t *testing.T) {
	var c Cut
	if _, better := c.Refused(batchOf(100, outputs.Fate{TooLarge: true})); !better || c.Limit() != 500 {
		t.Fatalf("better %v, limit %d", better, c.Limit())
	}
	for n := 1; c.Limit() == 500; n++ {
		if c.Acked(1500); (c.Limit() != 500) != (n == widenAfter) {
			t.Fatalf("limit %d after %d batches", c.Limit(), n)
		}
	}
	for range widenAfter {
		c.Acked(1500)
	}
	if c.Limit() != 0 {
		t.Errorf("limit %d, where the output takes 1500", c.Limit())
	}
}

// TestCutDropsTimes, for a while, of records that have times of their own.
func TestCutDropsTimes(t *testing.T) {
	var c Cut
	b := batchOf(3, outputs.Fate{BadTime: true})
	if _, better := c.Refused(b); better || c.Untimed() {
		t.Fatal("times are dropped that are not there")
	}
	b.Segments[1].Records = []inputs.Record{{Time: 1}}
	if _, better := c.Refused(b); !better || !c.Untimed() {
		t.Fatal("times are kept that the output refuses")
	}
	for range widenAfter {
		c.Acked(1500)
	}
	if c.Untimed() {
		t.Error("times are dropped for ever")
	}
}
