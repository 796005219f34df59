package logfile

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"time"

	"shipper/inputs"
	"shipper/inputs/logfile/discovery"
	"shipper/inputs/logfile/names"
	"shipper/inputs/logfile/packed"
	"shipper/inputs/logfile/part"
	"shipper/inputs/logfile/proofs"
	"shipper/inputs/logfile/trouble"
	"shipper/inputs/logfile/vfs"
)

// Chosen names a file, or a part of it, that is to be read whatever is known to be
// shipped of it.
type Chosen struct {
	Path string
	// Start is moved back to the start of its line, End forward to the end of its
	// line. An End of 0 is the end of the file: the last newline if the file was
	// written in the last QuietAfter, else all of it.
	Start, End int64
	// Found is what an earlier Choose found out about the file, nil if there was
	// none. It is believed if the file has not changed since: a compressed file need
	// not be decoded once more to know it.
	Found *Found
}

// Found is what a file was found to be.
type Found struct {
	Identity Identity
	Known    bool
	Stored   int64 // bytes on disk
	Content  int64 // bytes of what is read, decompressed
	Modified int64 // nanoseconds since 1970
}

// Choice is a chosen file, found and identified.
type Choice struct {
	in    *Input
	f     *file
	from  int64
	found Found
	// Known says that an earlier process has read the file, so that its records
	// have the ids that they had then. Otherwise the ids are those that a first
	// reading would give.
	Known bool
}

// ErrSame is wrapped when a file is chosen twice, under two names.
var ErrSame = errors.New("both names are of one file")

// Choose makes the files those that the Input reads, in place of what Run would
// find; Run is not to be called. saved is what the agent's state says. Cursors are
// woken when Begin is called.
func (in *Input) Choose(list []Chosen, saved []Saved) ([]*Choice, error) {
	choices := make([]*Choice, 0, len(list))
	for _, chosen := range list {
		c, err := in.choose(chosen, saved)
		if err != nil {
			return nil, fmt.Errorf("choose %q: %w", chosen.Path, err)
		}
		choices = append(choices, c)
	}
	return choices, nil
}

func (in *Input) choose(chosen Chosen, saved []Saved) (*Choice, error) {
	dir, base := path.Split(chosen.Path)
	d := discovery.NewDirectory[file](vfs.Place{Root: path.Clean(dir), Follow: in.cfg.FollowSymlinks})
	x := &entry{Dir: d, Name: base}
	n, ok := in.globs.Classify(d.Path, base, in.cfg.Rotated)
	if !ok {
		n = names.Parse(base)
	}
	f := &file{place: d.Place.In(base), name: n, seq: 1, routes: make([]route, in.env.Routes), format: compressedKind(&n, base)}
	f.names = []*entry{x}
	if f.format == packed.Unread {
		return nil, errors.New("files compressed so are not read; decompress it")
	}
	raw, err := in.fs.Open(f.place)
	if err != nil {
		return nil, err
	}
	defer func() { _ = raw.Close() }() // read only
	info, err := raw.Stat()
	if err != nil {
		return nil, err
	}
	if info.Kind != vfs.Regular {
		return nil, trouble.ErrNotRegular
	}
	f.key, f.birth, f.modified, f.changed = key{info.Device, info.Inode}, info.Birth, info.Modified, info.Modified
	if other := in.files[f.key]; other != nil {
		return nil, fmt.Errorf("%w: the other is %q", ErrSame, other.path())
	}
	content := raw
	f.size = info.Size
	if f.format != packed.None {
		f.more().stored = info.Size
		decoded := packed.NewFile(raw, f.format)
		defer decoded.Free()
		content = decoded
	}
	c := &Choice{in: in, f: f}
	if e := chosen.Found; e != nil && e.Stored == info.Size && e.Modified == info.Modified && e.Identity.Inode == info.Inode && e.Identity.Birth == info.Birth {
		c.take(&e.Identity, e.Known)
		f.size = e.Content
	} else if err := c.identify(raw, content, saved); err != nil {
		return nil, err
	}
	c.found = Found{Identity: f.identity(), Known: c.Known, Stored: info.Size, Content: f.size, Modified: info.Modified}
	if err := c.bound(content, chosen); err != nil {
		return nil, err
	}
	s, _, err := in.streamOf(f)
	if err != nil {
		return nil, err
	}
	in.mu.Lock()
	f.more().saved = nil
	f.stream, f.unsaved = s, true
	f.proven = f.size
	in.files[f.key] = f
	s.insert(f)
	in.mu.Unlock()
	return c, c.MoveTo(c.from)
}

// take gives the file an identity.
func (c *Choice) take(id *Identity, known bool) {
	f := c.f
	c.Known = known
	f.id, f.truncations, f.order, f.headLength, f.headHash = id.ID, id.Truncations, id.Order, id.HeadLength, id.HeadHash
	if known { // it keeps its stream
		f.more().saved = &absence{Saved: Saved{Identity: *id}}
	}
}

// identify gives the file the identity of the generation whose bytes it holds, or
// that which a first reading would give it. A compressed file is decoded for that,
// once.
func (c *Choice) identify(raw, content vfs.File, saved []Saved) error {
	f := c.f
	derived := f.format != packed.None || f.name.Kind != names.Live
	stream := path.Join(path.Dir(f.path()), f.name.Stem)
	var mine, others []*Saved
	for i := range saved {
		s := &saved[i]
		switch {
		case f.format == packed.None && s.Inode == f.key.inode && (s.Birth == f.birth || s.Birth == 0 || f.birth == 0):
			f.truncations = max(f.truncations, s.Truncations+1)
			mine = append(mine, s)
		case derived && s.HeadLength > 0 && s.Stream == stream:
			others = append(others, s)
		}
	}
	// Of what was in this inode, the last that it still holds.
	slices.SortFunc(mine, func(a, b *Saved) int { return int(b.Truncations) - int(a.Truncations) })
	for _, s := range mine {
		p, err := proofs.Prove(content, s)
		if err != nil {
			return err
		}
		if p.Whole() {
			c.take(&s.Identity, true)
			return nil
		}
	}
	return c.resembles(raw, content, others, saved)
}

// resembles finds the one generation of others whose bytes the file holds; all are
// those whose ids are taken.
func (c *Choice) resembles(raw, content vfs.File, others []*Saved, all []Saved) error {
	f := c.f
	known := make([]proofs.Known, len(others))
	for i, s := range others {
		known[i] = proofs.Known{HeadLength: s.HeadLength, HeadHash: s.HeadHash}
		for _, p := range s.Positions {
			known[i].Positions = append(known[i].Positions, p)
			known[i].Size = max(known[i].Size, p.Offset)
		}
	}
	ex := proofs.Excerpts{}
	var err error
	if f.format == packed.None {
		ex, err = proofs.ReadExcerpts(content, proofs.Marks(known))
	} else {
		f.size, err = packed.Examine(raw, f.format, proofs.Marks(known), proofs.HeadMax,
			func(mark int64, b []byte) { ex[mark] = slices.Clone(b) }, func() error { return nil })
	}
	if err != nil {
		return err
	}
	var found []*Saved
	for i := range known {
		if known[i].Compare(f.size, ex) == proofs.Alike {
			found = append(found, others[i])
		}
	}
	switch len(found) {
	case 0:
		return c.asFirst(content, all)
	case 1:
		c.take(&found[0].Identity, true)
		return nil
	}
	return fmt.Errorf("it may be any of %d generations that begin alike: %016x, %016x", len(found), found[0].ID, found[1].ID)
}

// asFirst gives the file the id that a first reading would give it.
func (c *Choice) asFirst(content vfs.File, all []Saved) error {
	f := c.f
	return proofs.ReadHead(content, proofs.HeadMax, func(b []byte) {
		for ; ; f.truncations++ {
			f.id = proofs.GenerationID(c.in.env.AgentID, f.key.inode, f.birth, f.truncations, b)
			if !slices.ContainsFunc(all, func(s Saved) bool { return s.ID == f.id }) {
				return
			}
		}
	})
}

// bound finds where reading begins and ends.
func (c *Choice) bound(content vfs.File, chosen Chosen) error {
	f := c.f
	// A compressed stream that has ended is not written to, however new it is.
	written := f.format == packed.None && c.in.now().Sub(timeOf(f.modified)) < c.in.cfg.QuietAfter
	start, end, err := part.Bounds(content, f.size, chosen.Start, chosen.End, written)
	if err != nil {
		return err
	}
	c.from = start
	if head := uint32(min(end, int64(f.headLength))); head < f.headLength { // no more of it will be seen
		err := proofs.ReadHead(content, int(head), func(b []byte) { f.headLength, f.headHash = head, proofs.Hash(b) })
		if err != nil {
			return err
		}
	}
	f.more().end, f.beside.bounded, f.size = end, true, end
	return nil
}

// Begin wakes the cursors of all files, and treats what is incomplete at their
// ends as complete.
func (in *Input) Begin() { in.Drain(0) }

// MoveTo moves all routes to offset, which is where a record begins.
func (c *Choice) MoveTo(offset int64) error {
	var before [proofs.Max]byte
	n := int(min(offset, proofs.Max))
	h, err := c.in.acquire(c.f, false)
	if err != nil {
		return err
	}
	defer c.in.env.Descriptors.Release(h)
	var content vfs.File = h
	if c.f.format != packed.None && n > 0 {
		d, err := c.in.env.Descriptors.Lend(c.f, c.f.format, 0, h, c.in.now())
		if err != nil {
			return err
		}
		defer func() { c.in.env.Descriptors.GiveBack(d, false, false, c.in.now()) }()
		content = d
	}
	if got, err := content.Pread(before[:n], offset-int64(n)); err != nil || got < n {
		return errors.Join(err, fmt.Errorf("read %q before %d: %d bytes of %d", c.f.path(), offset, got, n))
	}
	c.in.mu.Lock()
	defer c.in.mu.Unlock()
	for r := range c.f.routes {
		c.f.routes[r] = route{pos: proofs.After(offset, before[:n]), tail: offset, seq: c.f.seq - 1}
	}
	return nil
}

// Cursor reads the file, on a route, together with others of its stream.
func (c *Choice) Cursor(route int) *Cursor { return c.f.stream.cursors[route] }

// Found is what was found out about the file, for another Choose.
func (c *Choice) Found() Found { return c.found }

// Compressed tells whether what is read was decompressed.
func (c *Choice) Compressed() bool { return c.f.format != packed.None }

// Identity is what the file is known by.
func (c *Choice) Identity() Identity { return c.f.identity() }

// Bounds is what is read of the file.
func (c *Choice) Bounds() (start, end int64) { return c.from, c.f.beside.end }

// Modified is when the file was last written.
func (c *Choice) Modified() time.Time { return timeOf(c.f.modified) }

// leaveOut takes the records from a segment of generation id that are where they
// are to go already.
func (in *Input) leaveOut(seg *inputs.Segment, id uint64) {
	kept := make([]inputs.Record, 0, seg.Len())
	start := uint32(0)
	for i := range seg.Len() {
		var r inputs.Record
		if seg.Records != nil {
			r = seg.Records[i]
		} else {
			r = inputs.Record{Start: start, End: seg.Ends[i] - 1}
			start = seg.Ends[i]
		}
		if !in.env.Has(id, seg.Start+int64(r.Start)) {
			kept = append(kept, r)
		}
	}
	if len(kept) < seg.Len() {
		seg.Records, seg.Ends = kept, nil
	}
}

// within returns the file as far as f is to be read.
func (f *file) within(opened vfs.File) vfs.File {
	if f.beside == nil || !f.beside.bounded {
		return opened
	}
	return part.File{File: opened, End: f.beside.end}
}
