package cut

import (
	"math"

	"shipper/inputs"
)

// Choice is which records of an object are shipped.
type Choice struct {
	From, To int64                                      // of the generation, as in restore.Options
	Past     int64                                      // of the generation, what objects before this one held
	Has      func(generation uint64, offset int64) bool // of records that are left out; nil for none
}

// Takes tells whether a record of seg is to be shipped. One that began in what other
// objects held, and ends behind it, is: it was cut otherwise there.
func (c *Choice) Takes(seg *inputs.Segment, r *inputs.Record) bool {
	offset, end := seg.Start+int64(r.Start), seg.Start+int64(r.End) // without its newline
	switch {
	case end < c.Past, end == c.Past && offset < end:
		return false
	case c.Has != nil && c.Has(seg.Gen.ID, offset):
		return false
	case c.To > 0 && offset >= c.To:
		return false
	default:
		return end >= c.From
	}
}

// Records lists the records of a segment, also where they are simply its lines.
func Records(seg *inputs.Segment) []inputs.Record {
	if seg.Records != nil {
		return seg.Records
	}
	records := make([]inputs.Record, len(seg.Ends))
	start := uint32(0)
	for i, end := range seg.Ends {
		records[i] = inputs.Record{Start: start, End: end - 1}
		start = end
	}
	return records
}

// Part cuts the next batch out of a segment: records from next on, of at most so many
// bytes, or one. It returns the first record behind them. The part shares seg's bytes.
func (c *Choice) Part(seg *inputs.Segment, records []inputs.Record, next, bytes, most int) (inputs.Segment, int) {
	part := inputs.Segment{Gen: seg.Gen, Joined: seg.Joined, Time: seg.Time, Late: seg.Late}
	low, high := uint32(math.MaxUint32), uint32(0)
	for ; next < len(records) && (most == 0 || len(part.Records) < most); next++ {
		r := records[next]
		if !c.Takes(seg, &r) {
			continue
		}
		l, h := min(low, r.Start), max(high, r.End)
		if len(part.Records) > 0 && int(h-l) > bytes {
			break
		}
		low, high = l, h
		part.Records = append(part.Records, r)
	}
	if len(part.Records) == 0 {
		return part, next
	}
	part.Start, part.End, part.Data = seg.Start+int64(low), seg.Start+int64(high), seg.Data[low:high]
	for i := range part.Records {
		part.Records[i].Start -= low
		part.Records[i].End -= low
	}
	return part, next
}

// Only is the segment with records [i, j) alone.
func Only(seg inputs.Segment, i, j int) inputs.Segment {
	seg.Records = seg.Records[i:j:j]
	return seg
}
