package agent

import (
	"slices"

	"shipper/inputs"
)

// dropTimes has the shard's next batches carry the time of reading in place of
// times of their own, which the output does not take. It returns false if the
// batch has none: then a clock is wrong, and nothing but setting it helps.
func (l *lane) dropTimes(s *shard) bool {
	if !slices.ContainsFunc(l.batch.Segments, func(seg inputs.Segment) bool { return hasTimes(&seg) }) {
		return false
	}
	s.untimed = widenAfter
	return true
}

func hasTimes(seg *inputs.Segment) bool {
	return seg.Time != 0 || slices.ContainsFunc(seg.Records, func(r inputs.Record) bool { return r.Time != 0 })
}

// untime takes the batch's own times away. Those of a repeat may differ from the
// first attempt's: an output knows it by its numbers.
func (l *lane) untime() {
	for i := range l.batch.Segments {
		seg := &l.batch.Segments[i]
		n := 0
		if hasTimes(seg) {
			n = seg.Len()
		}
		l.retimed = append(l.retimed, n)
		seg.Time = 0
		for j := range seg.Records {
			seg.Records[j].Time = 0
		}
	}
}

// countRetimed counts the records that were acknowledged without their own time.
func (l *lane) countRetimed() {
	for i, n := range l.retimed {
		l.shipping[i].route.retimed.Add(int64(n))
	}
}
