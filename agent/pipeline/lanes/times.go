package lanes

import (
	"slices"

	"shipper/inputs"
)

// dropTimes has the shard's next batches carry the time of reading in place of
// times of their own, which the output does not take. It returns false if the
// batch has none: then a clock is wrong, and nothing but setting it helps.
func (t *turn) dropTimes() bool {
	if !slices.ContainsFunc(t.batch.Segments, func(seg inputs.Segment) bool { return seg.HasTimes() }) {
		return false
	}
	t.shard.Cut().DropTimes()
	return true
}

// untime takes the batch's own times away. Those of a repeat may differ from the
// first attempt's: an output knows it by its numbers.
func (t *turn) untime() {
	for i := range t.batch.Segments {
		seg := &t.batch.Segments[i]
		n := 0
		if seg.HasTimes() {
			n = seg.Len()
		}
		t.retimed = append(t.retimed, n)
		seg.DropTimes()
	}
}

// countRetimed counts the records that were acknowledged without their own time.
func (t *turn) countRetimed() {
	for i, n := range t.retimed {
		t.shipping[i].Route().Retime(n)
	}
}
