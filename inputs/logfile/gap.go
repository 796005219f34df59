package logfile

import (
	"shipper/inputs"
	"shipper/inputs/logfile/descriptors"
	"shipper/inputs/logfile/gaps"
	"shipper/inputs/logfile/proofs"
	"shipper/inputs/logfile/split"
)

// passGap makes the segment that moves a route's position over a gap. It has no
// data, and no proof but the head: NULs are the same everywhere.
func (c *Cursor) passGap(f *file, h *descriptors.Handle, truncations, seq uint32, pos *Position, end int64) (inputs.Segment, outcome, error) {
	o, start := c.out, pos.Offset
	seg := inputs.Segment{Start: start, End: end, Records: []inputs.Record{}}
	o.file, o.start, o.end, o.seq, o.at, o.gap = f, start, end, seq, c.in.now(), true
	o.after, o.before = proofs.After(end, nil), pos.Tally
	o.proven = max(o.proven, end)
	c.last = split.LastOf(end, split.Open, true)
	err := c.complete(&seg, f, h, truncations)
	return seg, gotRecords, err
}

// repeatGap makes the segment of a gap once more, if it is still there.
func (c *Cursor) repeatGap(f *file, truncations, seq uint32, pos *Position, end int64) (inputs.Segment, error) {
	h, err := c.in.acquire(f, false)
	if err != nil {
		return inputs.Segment{}, err
	}
	defer c.in.env.Descriptors.Release(h)
	next, last, _, err := gaps.Behind(h.File, pos.Offset)
	if err == nil && ((next >= 0 && next < end) || (next < 0 && last < end)) {
		err = errGone
	}
	if err != nil {
		return inputs.Segment{}, err
	}
	c.begin()
	seg, _, err := c.passGap(f, h, truncations, seq, pos, end)
	return seg, err
}
