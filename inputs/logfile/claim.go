package logfile

import (
	"path"
	"slices"
	"time"

	"shipper/inputs/logfile/lineage"
	"shipper/inputs/logfile/names"
	"shipper/inputs/logfile/packed"
	"shipper/inputs/logfile/vfs"
)

// claim is a generation that was truncated, or whose file is gone, while another
// file may hold its bytes: a copy made before, or the compressed file. Until
// that is decided nothing newer of its stream is begun, for OrderWait at most.
// Guarded by Input.mu.
type claim struct {
	absence *absence
	stream  *stream
	since   time.Time
	due     uint64 // tick after which its directory is to be listed before it is settled, 0 if it need not be
	offset  int64  // up to where every route has acknowledged
	size    int64  // as far as known
	heir    *file  // the file that holds its bytes, once found
	text    string
	attrs   []any
}

// claimFor begins, under mu, to look for an heir of what f was.
func (in *Input) claimFor(f *file, a *absence, size int64, text string, attrs ...any) *claim {
	c := &claim{
		absence: a, stream: f.stream, since: in.now(), offset: f.minOffset(), size: size, text: text, attrs: attrs,
	}
	in.claims = append(in.claims, c)
	in.waiting.Tell()
	return c
}

// held tells, under mu, whether f must not be begun yet on a route, because what
// precedes it is being looked for.
func (c *Cursor) held(f *file, now time.Time) bool {
	in := c.in
	if len(in.claims)+len(in.unexamined) == 0 || f.routes[c.route].pos.Offset > 0 {
		return false
	}
	until := time.Time{}
	for _, x := range in.claims {
		before := x.heir == nil && x.absence.Order < f.order
		if h := x.heir; h != nil && h.aside { // it is not in its place yet
			before = lineage.Precedes(h, f)
		}
		if x.stream == c.stream && before {
			until = latest(until, x.since)
		}
	}
	for g, since := range in.unexamined {
		if g.stream == c.stream && lineage.Precedes(g, f) {
			until = latest(until, since)
		}
	}
	until = until.Add(in.cfg.OrderWait)
	if !now.Before(until) {
		return false
	}
	c.wait(until)
	return true
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// settleClaims counts what no newcomer turned out to hold, and lets the streams
// go on.
func (in *Input) settleClaims() {
	in.mu.Lock()
	defer in.mu.Unlock()
	now := in.now()
	undecided := func(s *stream) bool {
		return slices.ContainsFunc(in.fresh, func(f *file) bool { return f.stream == s && f.undecided() })
	}
	kept := in.claims[:0]
	for _, c := range in.claims {
		lost := c.size - c.offset
		switch {
		case c.heir != nil:
			lost = max(0, c.size-c.heir.size)
		case now.Sub(c.since) < in.cfg.OrderWait && (undecided(c.stream) || in.unlisted(c)):
			kept = append(kept, c)
			continue
		case in.covered(c.stream, c.absence, c.absence.Birth):
			lost = 0
		default:
			if end := in.standIn(c.absence, c.stream); end > 0 {
				lost = max(0, c.size-end)
			}
		}
		in.lost(lost, c.text, c.attrs...)
		in.rouse(c.stream)
	}
	clear(in.claims[len(kept):])
	in.claims = kept
}

// covered tells, under mu, whether the bytes of a generation that was gone before
// it could be opened, so that only its size is known, are taken to be those of a
// compressed file that came later and that nothing else is known of. Each stands
// for one.
func (in *Input) covered(s *stream, a *absence, birth int64) bool {
	if a.ID != 0 || a.HeadLength > 0 {
		return false
	}
	for _, h := range s.All() {
		if b := h.beside; b != nil && b.own && h.birth >= birth && h.size >= a.Size {
			b.own = false
			return true
		}
	}
	return false
}

// lost counts, under mu, bytes that nobody will read, and logs what took them.
func (in *Input) lost(n int64, text string, attrs ...any) {
	n = max(n, 0)
	in.counters.BytesLost += uint64(n)
	in.later(text, append(attrs, "bytes_lost", n)...)
}

// undecided tells, under mu, whether a newcomer may yet be an heir.
func (f *file) undecided() bool {
	return f.aside && f.stream != nil && f.origin() == nil && len(f.names) > 0 && (f.err == nil || f.retry)
}

// undecidedStreams names, under mu, the streams in which there may yet be an heir.
func (in *Input) undecidedStreams() map[string]bool {
	names := map[string]bool{}
	for _, f := range in.fresh {
		if f.undecided() {
			names[f.stream.public.Name] = true
		}
	}
	for _, c := range in.claims {
		names[c.stream.public.Name] = true
	}
	return names
}

// unlisted tells, under mu, whether a name that may be an heir's is still to be found: a
// look at its directory may be put off, or hang, when that is asked.
func (in *Input) unlisted(c *claim) bool {
	d := in.tree.At(path.Dir(c.absence.Path))
	return d != nil && d.Listed < c.due
}

// strangers tells whether the directory of a file shows rotated names that are
// not in a stream yet, since one of them may be a copy of it, and whether one is
// unseen: no look has found it yet. Callable by any goroutine; an error is as good as
// a stranger that is unseen.
func (in *Input) strangers(f *file) (found, unseen bool) {
	in.mu.Lock()
	place := f.place
	in.mu.Unlock()
	dir := vfs.Place{Root: place.Root, Rel: path.Dir(place.Rel), Follow: place.Follow}
	if dir.Rel == "." {
		dir.Rel = ""
	}
	own, _ := in.globs.Classify(dir.Path(), path.Base(place.Path()), in.cfg.Rotated)
	_, err := in.fs.List(dir, func(e *vfs.Entry) {
		name := string(e.Name)
		n, ok := in.globs.Classify(dir.Path(), name, in.cfg.Rotated)
		if unseen || !ok || n.Kind == names.Live || n.Stem != own.Stem {
			return
		}
		if n.Compressed && packed.FormatOf(name) == packed.Unread {
			return
		}
		info, err := e.Stat(place.Follow)
		if err != nil || info.Kind != vfs.Regular {
			return
		}
		in.mu.Lock()
		f := in.files[key{info.Device, info.Inode}]
		unseen = f == nil || f.birth != info.Birth
		found = found || unseen || (f.aside && f.err == nil)
		in.mu.Unlock()
	})
	return found || err != nil, unseen || err != nil
}

// holder finds, under mu, the file that a generation went over to when its own
// was truncated, or let go of, while a reading of it was under way. If there is none,
// the position is noted where the generation's next file will find it.
func (in *Input) holder(o *reading, p *Progress, route int) *file {
	for _, f := range in.files { // it may not be in its stream yet
		if f.gen == o.gen && f.routes[route].pos.Offset == o.At.Offset {
			return f
		}
	}
	if f := in.files[key{noDevice, p.Generation}]; f != nil && f.beside.elsewhere.route != route {
		f.beside.elsewhere.Positions[route] = p.Position
	}
	if a := in.absent.ByID(p.Generation); a != nil {
		a.Positions[route] = p.Position
	}
	return nil
}
