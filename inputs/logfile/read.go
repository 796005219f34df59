package logfile

import (
	"bytes"
	"fmt"
	"slices"

	"shipper/inputs"
	"shipper/inputs/logfile/descriptors"
	"shipper/inputs/logfile/gaps"
	"shipper/inputs/logfile/packed"
	"shipper/inputs/logfile/proofs"
	"shipper/inputs/logfile/settings"
	"shipper/inputs/logfile/split"
)

// readFile reads what comes next in f. The 64 bytes before the position are read
// with it, into buf just before the data, and must be what the proof says. So
// must the head: lines that are padded or repeat themselves can have the same 64
// bytes at the same place after the file was truncated and written anew. That is
// some 0.8 µs for each read, of one line or of half a megabyte.
func (c *Cursor) readFile(f *file, h *descriptors.Handle, buf *inputs.Buffer, limit int, ending split.Ending) (inputs.Segment, outcome, error) {
	in := c.in
	in.mu.Lock()
	r := f.routes[c.route]
	seq, head, headHash, truncations, size := f.seq, f.headLength, f.headHash, f.truncations, f.size
	if head == 0 {
		head, headHash = f.firstLength, f.firstHash
	}
	in.mu.Unlock()

	empty := inputs.Segment{}
	if head > 0 && !f.isElsewhere() {
		ok, err := proofs.HeadMatches(h, head, headHash)
		if err != nil {
			return empty, nothing, err
		}
		if !ok {
			return empty, nothing, in.truncated(f, h, truncations, "its beginning has changed")
		}
	}
	if f.headLength == 0 && !f.isElsewhere() {
		in.noteFirst(f, h)
	}
	o := c.begin()
	proof := f.proofLength(r.pos)
	base := len(buf.Data)
	room := cap(buf.Data) - base - proof
	if room <= 0 || buf.RecordsLeft() == 0 {
		return empty, noRoom, nil
	}
	if ending == split.Open && !r.nuls && r.tail-r.pos.Offset >= tailWorthSkipping {
		grown, err := c.tailGrown(h, buf, &r)
		if err != nil {
			return empty, nothing, err
		}
		if !grown && r.tail-r.pos.Offset <= int64(in.cfg.MaxLine) {
			c.waits(f, truncations, seq, r.tail, r.open, false)
			return empty, nothing, nil
		}
	}
	at := in.now()
	want := max(1, min(limit, room))
	p := buf.Data[base : base+proof+want]
	n, err := h.Pread(p, r.pos.Offset-int64(proof))
	if err != nil {
		return empty, nothing, err
	}
	if n < proof || (proof > 0 && proofs.Hash(p[:proof]) != r.pos.ProofHash) {
		return empty, nothing, in.truncated(f, h, truncations, "the bytes before the offset have changed")
	}
	in.mu.Lock()
	if f.beside != nil && f.beside.cut > 0 && f.truncations == truncations {
		in.cutShort(f, r.pos.Offset-int64(proof)+int64(n))
	}
	in.mu.Unlock()
	o.proven = max(size, r.pos.Offset-int64(proof)+int64(n))
	if o.splitter, err = c.splitter(h, r.pos, p[:proof]); err != nil {
		return empty, nothing, err
	}
	if n > proof && p[proof] == 0 && (proof == 0 || p[proof-1] == '\n' || ending == split.Sealed) {
		end, err := gaps.At(h.File, r.pos.Offset, ending == split.Sealed)
		if err != nil {
			return empty, nothing, err
		}
		if end > r.pos.Offset {
			return c.passGap(f, h, truncations, seq, &r.pos, end)
		}
	}
	ended := n < len(p)
	nuls := gaps.Trailing(p[proof:n])
	cut := c.cut(buf, p[:n-nuls], proof, ended, ending)
	if cut.Done == 0 && !ended {
		// The first record is longer than the limit: read what there is room
		// for, and take only that one.
		want = min(in.cfg.MaxLine+1, room)
		if more := base + proof + want; more > base+n {
			p = buf.Data[base:more]
			got, err := h.Pread(p[n:], r.pos.Offset-int64(proof)+int64(n))
			if err != nil {
				return empty, nothing, err
			}
			n += got
		}
		ended = n < len(p)
		o.splitter.One = true
		if base == 0 {
			// Nothing larger will ever be offered: a line that doesn't fit is
			// cut where the buffer ends.
			o.splitter.MaxLine = min(in.cfg.MaxLine, max(1, room-1))
		}
		if nuls = gaps.Trailing(p[proof:n]); nuls > 0 && !ended {
			next, _, _, err := gaps.Behind(h.File, r.pos.Offset+int64(n-proof-nuls))
			if err != nil {
				return empty, nothing, err
			}
			if next >= 0 {
				nuls = 0 // they are bytes like any
			} else {
				ended = true
			}
		}
		cut = c.cut(buf, p[:n-nuls], proof, ended, ending)
		if cut.Done == 0 && !ended {
			return empty, noRoom, nil
		}
		ended = ended && cut.Done == n-proof
	}
	data := p[proof:n]
	// If not all of the data was cut, an over-long line or more lines are next.
	ended = ended && !o.splitter.Full && len(data)-cut.Done <= in.cfg.MaxLine
	open := int64(0)
	if in.cut.Waits() {
		if i := bytes.LastIndexByte(data[cut.Done:], '\n'); i >= 0 {
			open = r.pos.Offset + int64(cut.Done+i+1)
		}
	}
	if cut.Done == 0 {
		c.waits(f, truncations, seq, r.pos.Offset+int64(len(data)), open, nuls > 0)
		return empty, nothing, nil
	}
	buf.Data = buf.Data[:base+proof+cut.Done]
	seg := inputs.Segment{
		Start: r.pos.Offset, End: r.pos.Offset + int64(cut.Done),
		Data: data[:cut.Done:cut.Done], Ends: cut.Ends, Records: cut.Records, Joined: cut.Joined,
		TooLong: o.splitter.TooLong,
	}
	c.last = split.LastOf(seg.End, o.splitter.Ended, false)
	o.file, o.start, o.end, o.seq, o.ended, o.at = f, seg.Start, seg.End, seq, ended, at
	o.before = r.pos.Tally
	o.after = proofs.After(seg.End, p[:proof+cut.Done])
	if ended {
		o.tail, o.open, o.nuls = seg.Start+int64(len(data)), open, nuls > 0
	}
	err = c.complete(&seg, f, h, truncations)
	return seg, gotRecords, err
}

// waits notes that the file ends at end and has no record end after the route's
// position; up to open there are complete lines.
func (c *Cursor) waits(f *file, truncations, seq uint32, end, open int64, nuls bool) {
	c.in.mu.Lock()
	defer c.in.mu.Unlock()
	if f.truncations != truncations {
		return // another route found out that it is another generation
	}
	r := &f.routes[c.route]
	if nuls && !r.nuls {
		c.in.counters.NULWaits++
	}
	r.tail, r.open, r.nuls, r.seq = end, open, nuls, seq
	f.proven = max(f.proven, c.out.proven)
	c.in.sawSize(f, end)
	if f.size <= r.pos.Offset {
		r.since, r.mark = 0, 0
	}
	c.in.reclass(f)
}

// tailWorthSkipping is the length from which an unterminated last line is not
// read again from its start each time the file grows.
const tailWorthSkipping = 4 << 10

// tailGrown looks whether the bytes behind an unterminated last line hold a
// newline, and moves r.tail over those that don't. It only decides to go on
// waiting: what it saw is read again, with proof, before it is shipped.
func (c *Cursor) tailGrown(h *descriptors.Handle, buf *inputs.Buffer, r *route) (bool, error) {
	for r.tail-r.pos.Offset <= int64(c.in.cfg.MaxLine) {
		p := buf.Data[len(buf.Data):cap(buf.Data)]
		n, err := h.Pread(p, r.tail)
		if err != nil {
			return false, err
		}
		if n == 0 {
			info, err := h.Stat()
			return err == nil && info.Size < r.tail, err
		}
		if slices.Contains(p[:n], '\n') {
			return true, nil
		}
		r.tail += int64(n)
		if n < len(p) {
			return false, nil
		}
	}
	return true, nil
}

// cut cuts what was read, at whose beginning there are proof bytes before the
// position, up to the end of the file or not.
func (c *Cursor) cut(buf *inputs.Buffer, read []byte, proof int, ended bool, ending split.Ending) split.Cut {
	s := &c.out.splitter
	s.Most, s.Ending = buf.RecordsLeft(), split.Open
	if ended {
		s.Ending = ending
	}
	records, joined, arena := len(buf.Records), len(buf.Joined), len(buf.Arena)
	cut := s.Cut(buf, read, proof)
	if cut.Done == 0 {
		buf.Records, buf.Joined, buf.Arena = buf.Records[:records], buf.Joined[:joined], buf.Arena[:arena]
	}
	return cut
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
	f.proven = max(f.proven, o.proven)
	if f.id == 0 {
		f.id, f.unsaved, f.truncations = id, true, counted
		in.counters.Generations++
	}
	if err := in.describe(f); err != nil {
		return err
	}
	seg.Gen, o.gen, o.order = f.gen, f.gen, f.order
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
// the same bytes is for the caller's checksum to tell.
func (c *Cursor) Repeat(buf *inputs.Buffer, gen *inputs.Generation, start, end int64) (inputs.Segment, error) {
	seg, err := c.readAgain(buf, gen, start, end)
	if err != nil {
		return inputs.Segment{}, fmt.Errorf("repeat %q from %d to %d: %w", gen.Path, start, end, err)
	}
	return seg, nil
}

func (c *Cursor) readAgain(buf *inputs.Buffer, gen *inputs.Generation, start, end int64) (inputs.Segment, error) {
	in, none := c.in, inputs.Segment{}
	in.mu.Lock()
	var f *file
	for _, g := range c.stream.files {
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
		return none, errGone
	}
	if c.last.Gap() && c.last.End() == end && r.pos.Offset == start {
		return c.repeatGap(f, truncations, seq, &r.pos, end)
	}
	proof, base := f.proofLength(r.pos), len(buf.Data)
	length := proof + int(end-start)
	if r.pos.Offset != start || end <= start || length > cap(buf.Data)-base {
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
	p := buf.Data[base : base+length]
	n, err := h.Pread(p, start-int64(proof))
	if err != nil {
		return none, err
	}
	if n < length || (proof > 0 && proofs.Hash(p[:proof]) != r.pos.ProofHash) {
		return none, errGone
	}
	data := p[proof:]
	o := c.begin()
	o.proven = end
	if o.splitter, err = c.splitter(h, r.pos, p[:proof]); err != nil {
		return none, err
	}
	o.splitter.Exact = true
	ending := split.Open
	if c.last.End() == end {
		ending = c.last.Ending()
	}
	cut := c.cut(buf, p, proof, true, ending)
	if cut.Done != len(data) {
		return none, errNotTheSame
	}
	buf.Data = buf.Data[:base+length]
	seg := inputs.Segment{Start: start, End: end, Data: data[:len(data):len(data)], Ends: cut.Ends, Records: cut.Records, Joined: cut.Joined}
	// Whether the file ends behind it is not known: the next Read finds out.
	o.file, o.start, o.end, o.seq, o.at = f, start, end, seq, in.now()
	o.before = r.pos.Tally
	o.after = proofs.After(end, p)
	if err := c.complete(&seg, f, h, truncations); err != nil {
		in.mu.Lock()
		c.end()
		in.mu.Unlock()
		return none, err
	}
	return seg, nil
}
