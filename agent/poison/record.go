package poison

import (
	"hash/maphash"
	"math"

	"shipper/inputs"
	"shipper/outputs"
)

// Record is a record that the output will never take, found in a refused batch.
// A nil Record is none.
type Record struct {
	Reason string // in the output's words

	before int64  // bytes between the watermark and the record, to be delivered first
	length int64  // bytes of the record
	sum    uint64 // of its value: the file may be truncated meanwhile
}

// Limit is how many bytes to read next: what precedes the record, or it alone.
func (r *Record) Limit() int {
	if r == nil {
		return math.MaxInt
	}
	return int(max(r.before, 1))
}

// IsNext tells whether seg, just read, is the record itself.
func (r *Record) IsNext(seg *inputs.Segment) bool {
	if r == nil || (seg.Len() == 1 && seg.End-seg.Start > r.before+r.length) {
		return false
	}
	// Records that can't be cut apart, such as container lines between the
	// pieces of another, share its fate.
	for i := range seg.Len() {
		if offset, _, _ := seg.At(i); offset-seg.Start == r.before {
			return valueSum(seg, i) == r.sum
		}
	}
	return false
}

// After returns what remains of the poison once seg was delivered: nil if the
// bytes are not those it was found in.
func (r *Record) After(seg *inputs.Segment) *Record {
	if r == nil {
		return nil
	}
	r.before -= seg.End - seg.Start
	if r.before < 0 {
		return nil
	}
	return r
}

// Find finds the poison that fate names in segment i, if any: the first
// rejected record, with what precedes it.
func Find(seg *inputs.Segment, i int, rejected []outputs.RecordRange) *Record {
	var first *outputs.RecordRange
	for j := range rejected {
		r := &rejected[j]
		if r.Segment == i && r.Count > 0 && (first == nil || r.First < first.First) {
			first = r
		}
	}
	if first == nil || first.First >= seg.Len() {
		return nil
	}
	start, end := recordSpan(seg, first.First)
	return &Record{before: start - seg.Start, length: end - start, sum: valueSum(seg, first.First), Reason: first.Reason}
}

// valueSum is a hash of record i's value.
func valueSum(seg *inputs.Segment, i int) uint64 {
	_, value, _ := seg.At(i)
	return maphash.Bytes(sumSeed, value)
}

var sumSeed = maphash.MakeSeed()

// recordSpan is the bytes of the file that record i takes up: from its start to
// the start of the next one, or to the end of the segment.
func recordSpan(seg *inputs.Segment, i int) (start, end int64) {
	start, _, _ = seg.At(i)
	end = seg.End
	if i+1 < seg.Len() {
		end, _, _ = seg.At(i + 1)
	}
	return start, end
}
