package logfile

import (
	"context"
	"errors"
	"fmt"

	"shipper/inputs"
	"shipper/inputs/logfile/descriptors"
	"shipper/inputs/logfile/packed"
	"shipper/inputs/logfile/proofs"
	"shipper/inputs/logfile/settings"
	"shipper/inputs/logfile/split"
	"shipper/inputs/logfile/window"
)

// readFile reads what comes next in f. The 64 bytes before the position are read
// with it, into buf just before the data, and must be what the proof says. So
// must the head: lines that are padded or repeat themselves can have the same 64
// bytes at the same place after the file was truncated and written anew. That is
// some 0.8 µs for each read, of one line or of half a megabyte.
func (c *Cursor) readFile(f *file, h *descriptors.Handle, buf *inputs.Buffer, limit int, ending split.Ending) (inputs.Segment, window.Outcome, error) {
	in := c.in
	in.mu.Lock()
	r := f.routes[c.route]
	seq, head, headHash, truncations, size, cut := f.seq, f.headLength, f.headHash, f.truncations, f.size, f.cut()
	if cut > 0 {
		r.tail = 0 // what stood there may be gone
	}
	unknown := head == 0
	if unknown {
		head, headHash = f.firstLength, f.firstHash
	}
	in.mu.Unlock()

	empty := inputs.Segment{}
	if head > 0 && !f.isElsewhere() {
		if err := in.proveHead(f, h, truncations, head, headHash); err != nil {
			return empty, window.Nothing, err
		}
	}
	if unknown && !f.isElsewhere() {
		in.noteFirst(f, h)
	}
	o := c.begin()
	o.Window = c.window(f, &r)
	o.at = in.now()
	seg, got, err := o.Read(h.File, buf, limit, ending)
	if errors.Is(err, window.ErrChanged) {
		return empty, got, in.truncated(f, h, truncations, "the bytes before the offset have changed")
	}
	if err != nil {
		return empty, got, err
	}
	if o.Seen > 0 {
		in.mu.Lock()
		if cut > 0 && f.cut() == cut && f.truncations == truncations { // else what was read may have been there before
			in.cutShort(f, o.Seen)
		}
		in.mu.Unlock()
		o.Seen = max(size, o.Seen)
	}
	switch got {
	case window.Nothing:
		c.waits(f, truncations, seq)
	case window.Records:
		c.last = o.Last()
		o.seq = seq
		err = c.complete(&seg, f, h, truncations)
	case window.NoRoom:
	}
	return seg, got, err
}

// window is what lies behind the route's position in f.
func (c *Cursor) window(f *file, r *route) window.Window {
	return window.Window{Config: &c.in.cut, At: r.pos, Proof: f.proofLength(r.pos), Tail: r.tail, Open: r.open, NULs: r.nuls}
}

// waits notes that the file has no record end after the route's position, as far as the
// reading under way tells.
func (c *Cursor) waits(f *file, truncations, seq uint32) {
	o := c.out
	c.in.mu.Lock()
	defer c.in.mu.Unlock()
	if f.truncations != truncations {
		return // another route found out that it is another generation
	}
	r := &f.routes[c.route]
	if o.NULs && !r.nuls {
		c.in.counters.NULWaits++
	}
	r.tail, r.open, r.nuls, r.seq = o.Tail, o.Open, o.NULs, seq
	f.proven = max(f.proven, o.Seen)
	c.in.sawSize(f, o.Tail)
	if f.size <= r.pos.Offset {
		r.since, r.mark = 0, 0
	}
	c.in.reclass(f)
}

// complete gives a segment that was just read its generation, with an id if it
// is the generation's first, and notes what its commit will need.
func (c *Cursor) complete(seg *inputs.Segment, f *file, h *descriptors.Handle, truncations uint32) error {
	in, o := c.in, c.out
	in.mu.Lock()
	length, known, id := f.headLength, f.headHash, f.id
	in.mu.Unlock()
	// The head grows with what was shipped, in few steps.
	grown, counted := uint32(min(seg.End, proofs.HeadMax)), truncations
	if id == 0 || (!f.isElsewhere() && grown > length && (grown >= 2*length || grown == proofs.HeadMax)) {
		same := false
		err := proofs.ReadHead(h, int(grown), func(b []byte) {
			same = len(b) == int(grown) && (length == 0 || proofs.Hash(b[:length]) == known)
			o.headLength, o.headHash = uint32(len(b)), proofs.Hash(b)
			if id == 0 {
				id, counted = in.freshID(f, truncations, b)
			}
		})
		if err != nil {
			return err
		}
		if !same {
			return in.truncated(f, h, truncations, "its beginning has changed")
		}
	}
	modified := int64(0)
	if in.cfg.Timestamp == settings.TimestampMtime {
		info, err := h.Stat()
		if err != nil {
			return err
		}
		modified = info.Modified
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	if f.truncations != truncations {
		return errTruncated
	}
	if in.env.Has != nil {
		seg.LeaveOut(func(offset int64) bool { return in.env.Has(id, offset) })
	}
	f.proven = max(f.proven, o.Seen)
	if f.id == 0 {
		f.id, f.unsaved, f.truncations = id, true, counted
		in.counters.Generations++
	}
	if err := in.describe(f); err != nil {
		return err
	}
	o.file, o.gen, o.order = f, f.gen, f.order
	seg.Gen = f.gen
	seg.Late = f.order < c.begun
	seg.Time = modified / 1e6
	if f.unsaved || o.headLength > f.headLength {
		identity := f.identity()
		if o.headLength > f.headLength {
			identity.HeadLength, identity.HeadHash = o.headLength, o.headHash
		}
		o.identity = &identity
	}
	return nil
}

// Repeat reads exactly the bytes [start, end) of a generation again and cuts
// them as Read did. It returns an error if they can't be read; whether they are
// the same bytes is for the caller's checksum to tell. It blocks as Read does, and fails
// when ctx ends.
func (c *Cursor) Repeat(ctx context.Context, buf *inputs.Buffer, gen *inputs.Generation, start, end int64) (inputs.Segment, error) {
	seg, err := c.readAgain(ctx, buf, gen, start, end)
	if err != nil {
		return inputs.Segment{}, fmt.Errorf("repeat %q from %d to %d: %w", gen.Path, start, end, err)
	}
	return seg, nil
}

func (c *Cursor) readAgain(ctx context.Context, buf *inputs.Buffer, gen *inputs.Generation, start, end int64) (inputs.Segment, error) {
	in, none := c.in, inputs.Segment{}
	in.mu.Lock()
	var f *file
	for _, g := range c.stream.All() {
		if g.gen == gen {
			f = g
			break
		}
	}
	var r route
	var seq, truncations uint32
	if f != nil {
		r, seq, truncations = f.routes[c.route], f.seq, f.truncations
	}
	in.mu.Unlock()
	if f == nil {
		return none, window.ErrGone
	}
	if r.pos.Offset != start {
		return none, errNotTheSame
	}
	h, err := in.acquire(f, false)
	if err != nil {
		return none, err
	}
	defer in.env.Descriptors.Release(h)
	if f.format != packed.None {
		d, err := in.env.Descriptors.Lend(f, f.format, c.route, h, in.now())
		if err != nil {
			return none, err
		}
		defer func() { in.env.Descriptors.GiveBack(d, false, false, in.now()) }()
		h = &descriptors.Handle{File: f.within(d)}
	}
	w := c.window(f, &r)
	seg, err := w.Again(c.awaiting(ctx, f, h).File, buf, end, c.last)
	if err != nil {
		return none, err
	}
	// Whether the file ends behind it is not known: the next Read finds out.
	w.Tail, w.Open, w.NULs = 0, 0, false
	o := c.begin()
	o.Window, o.seq, o.at = w, seq, in.now()
	if err := c.complete(&seg, f, h, truncations); err != nil {
		in.mu.Lock()
		c.end()
		in.mu.Unlock()
		return none, err
	}
	return seg, nil
}
