package logfile

import (
	"errors"
	"fmt"
	"path"
	"time"

	"shipper/inputs/logfile/discovery"
	"shipper/inputs/logfile/names"
	"shipper/inputs/logfile/packed"
	"shipper/inputs/logfile/part"
	"shipper/inputs/logfile/proofs"
	"shipper/inputs/logfile/provenance"
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
	f := in.newFile()
	f.place, f.name, f.names, f.format = d.Place.In(base), n, []*entry{x}, compressedKind(&n, base)
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
	if f.format != packed.None {
		f.more().stored = info.Size
		decoded := packed.NewFile(raw, f.format)
		defer decoded.Free()
		content = decoded
	}
	c := &Choice{in: in, f: f}
	if e := chosen.Found; e != nil && e.Stored == info.Size && e.Modified == info.Modified && e.Identity.Inode == info.Inode && e.Identity.Birth == info.Birth {
		c.take(&provenance.Found{Identity: e.Identity, Known: e.Known, Size: e.Content})
	} else {
		asked := provenance.File{
			Raw: raw, Content: content, Format: f.format, Info: info,
			Rotated: n.Kind != names.Live, Stream: path.Join(d.Path, n.Stem),
		}
		found, err := asked.Of(saved, in.env.AgentID)
		if err != nil {
			return nil, err
		}
		c.take(&found)
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
	s.Insert(f)
	in.mu.Unlock()
	return c, c.MoveTo(c.from)
}

// take gives the file its generation, and its size.
func (c *Choice) take(g *provenance.Found) {
	f, id := c.f, &g.Identity
	c.Known, f.size = g.Known, g.Size
	f.id, f.truncations, f.order, f.headLength, f.headHash = id.ID, id.Truncations, id.Order, id.HeadLength, id.HeadHash
	if g.Known { // it keeps its stream
		f.more().saved = &absence{Saved: Saved{Identity: *id}}
	}
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

// within returns the file as far as f is to be read.
func (f *file) within(opened vfs.File) vfs.File {
	if f.beside == nil || !f.beside.bounded {
		return opened
	}
	return part.File{File: opened, End: f.beside.end}
}
