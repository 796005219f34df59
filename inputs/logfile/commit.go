package logfile

import (
	"shipper/inputs"
	"shipper/inputs/logfile/split"
	"shipper/inputs/logfile/tally"
)

// Commit records that the segment, the last one that Read or Repeat returned,
// was acknowledged, and returns what is to be made durable before the stream is
// read again.
func (c *Cursor) Commit(seg *inputs.Segment) Progress { return c.CommitAt(seg, tally.Place{}) }

// CommitAt is Commit where the output said where it put the records.
func (c *Cursor) CommitAt(seg *inputs.Segment, at tally.Place) Progress {
	in := c.in
	if o := c.out; o != nil {
		o.After.Tally = o.At.Tally.Add(seg.End-seg.Start, seg.Data, seg.Len(), at, in.cfg.Checksum)
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	o := c.out
	if o == nil || seg.Gen == nil || o.gen != seg.Gen || o.At.Offset != seg.Start || o.End != seg.End {
		in.log.Error("a segment was committed that was not the last one read; its position stays",
			"stream", c.stream.public.Name, "start", seg.Start, "end", seg.End)
		return Progress{}
	}
	p := Progress{Generation: o.gen.ID, Position: o.After, Identity: o.identity}
	c.begun = max(c.begun, o.order)
	in.note(o, seg)
	f := o.file
	if f.beside != nil && f.beside.givenUp {
		in.counters.GivenUpArrived += uint64(o.End - o.At.Offset)
	}
	if f.gen != o.gen || in.files[f.key] != f {
		f = in.holder(o, &p, c.route)
	}
	if f != nil {
		r := &f.routes[c.route]
		r.pos, r.seq, r.tail, r.open, r.nuls = o.After, o.seq, max(o.Tail, o.End), o.Open, o.NULs
		if !o.Ended || f != o.file {
			r.seq = f.seq - 1 // what is behind it is still to be read
		}
		if f != o.file { // and is not what was behind it
			r.tail, r.open, r.nuls = o.End, 0, false
		}
		in.sawSize(f, r.tail)
		if o.headLength > f.headLength {
			f.headLength, f.headHash = o.headLength, o.headHash
		}
		if o.identity != nil && o.identity.Path == f.path() {
			f.unsaved = false
		}
		switch {
		case o.Ended && f.size <= r.pos.Offset:
			r.since, r.mark = 0, 0
		case r.pos.Offset >= r.mark:
			r.since, r.mark = o.at.UnixNano(), f.size
		}
		if now := in.now(); o.Ended && c.ending(f, r, now) != split.Open {
			c.wait(now) // nobody else would have it read
		}
		in.reclass(f)
	}
	c.end()
	return p
}

// note counts, under mu, what became of the bytes of a reading that is committed.
func (in *Input) note(o *reading, seg *inputs.Segment) {
	n, k := &in.counters, &o.Splitter.Counts
	n.Pieces += k.Pieces
	n.Partial += k.Partial
	n.TimedOut += k.TimedOut
	n.Filtered += k.Filtered
	n.UnparsedTimes += k.Unparsed
	n.Malformed += k.Malformed
	n.LongLines += k.LongLines
	n.SkippedBytes += k.SkippedBytes
	if seg.Late {
		n.Late++
	}
	f := o.file
	switch {
	case o.Gap:
		n.Gaps++
		n.GapBytes += uint64(o.End - o.At.Offset)
		in.later("a gap in a file was passed over: there are only NULs, as when a log is truncated under a writer that goes on at its old place",
			"path", f.path(), "offset", o.At.Offset, "bytes", o.End-o.At.Offset, "cure", "have the application open its log with O_APPEND")
	case k.SkippedBytes > 0 && !f.told.skipped:
		f.told.skipped = true
		in.later("a line longer than max_line is skipped, as on_long_line says; further ones of this file are only counted",
			"path", f.path(), "offset", o.At.Offset, "max_line", in.cut.MaxLine)
	case k.Malformed > 0 && !f.told.malformed:
		f.told.malformed = true
		in.later("a line is not of a container log and is shipped as it is; further ones of this file are only counted",
			"path", f.path(), "offset", o.At.Offset)
	}
}

// told is what was logged of a file and is not to be repeated.
type told struct{ skipped, malformed, nuls bool }
