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
		o.after.Tally = o.before.Add(seg.End-seg.Start, seg.Data, seg.Len(), at, in.cfg.Checksum)
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	o := c.out
	if o == nil || seg.Gen == nil || o.gen != seg.Gen || o.start != seg.Start || o.end != seg.End {
		in.log.Error("a segment was committed that was not the last one read; its position stays",
			"stream", c.stream.public.Name, "start", seg.Start, "end", seg.End)
		return Progress{}
	}
	p := Progress{Generation: o.gen.ID, Position: o.after, Identity: o.identity}
	c.begun = max(c.begun, o.order)
	in.note(o, seg)
	f := o.file
	if f.gen != o.gen {
		f = in.holder(c.stream, &p, c.route, o.gen)
	}
	if f != nil {
		r := &f.routes[c.route]
		r.pos = o.after
		r.tail, r.open, r.nuls = max(o.tail, o.end), o.open, o.nuls
		if r.seq = o.seq; !o.ended {
			r.seq = f.seq - 1 // what is behind it is still to be read
		}
		in.sawSize(f, r.tail)
		if f.beside != nil && f.beside.givenUp {
			in.counters.GivenUpArrived += uint64(o.end - o.start)
		}
		if o.headLength > f.headLength {
			f.headLength, f.headHash = o.headLength, o.headHash
		}
		if o.identity != nil && o.identity.Path == f.path() {
			f.unsaved = false
		}
		switch {
		case o.ended && f.size <= r.pos.Offset:
			r.since, r.mark = 0, 0
		case r.pos.Offset >= r.mark:
			r.since, r.mark = o.at.UnixNano(), f.size
		}
		if now := in.now(); o.ended && c.ending(f, r, now) != split.Open {
			c.wait(now) // nobody else would have it read
		}
		in.reclass(f)
	}
	c.end()
	return p
}
