package logfile

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"time"

	"shipper/inputs"
	"shipper/inputs/logfile/names"
	"shipper/inputs/logfile/packed"
	"shipper/inputs/logfile/part"
	"shipper/inputs/logfile/proofs"
	"shipper/inputs/logfile/split"
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
}

// Choice is a chosen file, found and identified.
type Choice struct {
	in   *Input
	f    *file
	from int64
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
	d := newDirectory(vfs.Place{Root: path.Clean(dir), Follow: in.cfg.FollowSymlinks})
	x := &entry{dir: d, name: base}
	n, ok := in.globs.Classify(d.path, base, in.cfg.Rotated)
	if !ok {
		n = names.Parse(base)
	}
	f := &file{place: d.place.In(base), name: n, seq: 1, routes: make([]route, in.env.Routes), format: compressedKind(&n, base)}
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
		if f.size, err = packed.Examine(raw, f.format, nil, 0, func(int64, []byte) {}, func() error { return nil }); err != nil {
			return nil, err
		}
		decoded := packed.NewFile(raw, f.format)
		defer decoded.Free()
		content = decoded
	}
	c := &Choice{in: in, f: f}
	if err := c.identify(content, saved); err != nil {
		return nil, err
	}
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

// identify gives the file the identity of the generation whose bytes it holds, or
// that which a first reading would give it.
func (c *Choice) identify(content vfs.File, saved []Saved) error {
	in, f := c.in, c.f
	derived := f.format != packed.None || f.name.Kind != names.Live
	taken := map[uint64]bool{}
	var mine, proven []*Saved
	for i := range saved {
		s := &saved[i]
		taken[s.ID] = true
		sameInode := s.Inode == f.key.inode && (s.Birth == f.birth || s.Birth == 0 || f.birth == 0) && f.format == packed.None
		if !sameInode && !(derived && s.HeadLength > 0 && s.Stream == path.Join(path.Dir(f.path()), f.name.Stem)) {
			continue
		}
		if sameInode {
			f.truncations = max(f.truncations, s.Truncations+1)
		}
		p, err := Prove(content, s)
		if err != nil {
			return err
		}
		holds := p.Head
		covered := int64(s.HeadLength)
		for r, ok := range p.Positions {
			holds = holds && ok
			covered = max(covered, s.Positions[r].Offset)
		}
		switch {
		case !holds:
		case sameInode:
			mine = append(mine, s)
		case covered >= proofs.Enough || covered == f.size:
			proven = append(proven, s)
		}
	}
	found := mine
	if len(found) > 0 { // of what was in this inode, the last
		found = []*Saved{slices.MaxFunc(found, func(a, b *Saved) int { return int(a.Truncations) - int(b.Truncations) })}
	} else {
		found = proven
	}
	switch len(found) {
	case 0:
		return proofs.ReadHead(content, proofs.HeadMax, func(b []byte) {
			for f.id == 0 || taken[f.id] {
				f.id = proofs.GenerationID(in.env.AgentID, f.key.inode, f.birth, f.truncations, b)
				if taken[f.id] {
					f.truncations++
				}
			}
		})
	case 1:
		s := found[0]
		c.Known = true
		f.id, f.truncations, f.order, f.headLength, f.headHash = s.ID, s.Truncations, s.Order, s.HeadLength, s.HeadHash
		f.more().saved = &absence{Saved: *s}
		return nil
	}
	return fmt.Errorf("it may be any of %d generations that begin alike: %016x, %016x", len(found), found[0].ID, found[1].ID)
}

// bound finds where reading begins and ends.
func (c *Choice) bound(content vfs.File, chosen Chosen) error {
	f := c.f
	end := chosen.End
	switch {
	case end < 0 || chosen.Start < 0 || (end > 0 && end <= chosen.Start):
		return fmt.Errorf("from %d to %d is no part of a file", chosen.Start, end)
	case end == 0 && c.in.now().Sub(timeOf(f.modified)) < c.in.cfg.QuietAfter:
		back, err := split.LineBefore(content, f.size, f.size)
		if err != nil {
			return err
		}
		end = f.size - back
	case end == 0 || end > f.size:
		end = f.size
	default:
		var err error
		if end, err = part.LineEnd(content, end, f.size); err != nil {
			return err
		}
	}
	start := min(chosen.Start, end)
	back, err := split.LineBefore(content, start, start)
	if err != nil {
		return err
	}
	c.from = start - back
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
		defer func() { c.in.env.Descriptors.GiveBack(d, false, c.in.now()) }()
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
