package logfile

import (
	"context"
	"math"
	"path"
	"strings"

	"shipper/inputs/logfile/descriptors"
	"shipper/inputs/logfile/names"
	"shipper/inputs/logfile/trouble"
	"shipper/inputs/logfile/vfs"
)

// standIn gives an absent generation, under mu, a file of the bytes that are
// elsewhere, in its old place in the stream. It returns their end, or 0 if there
// are none. Such a file has no name, and no head: only what is in it proves it.
func (in *Input) standIn(a *absence, s *stream) (end int64) {
	if in.env.Elsewhere == nil || a.ID == 0 {
		return 0
	}
	for r := range in.env.Routes {
		if start, stop, ok := in.env.Elsewhere.Span(r, a.ID, a.Positions[r].Offset); ok && in.follows(r) < 0 {
			in.insertElsewhere(a, s, r, start, stop)
			return stop
		}
	}
	return 0
}

func (in *Input) insertElsewhere(a *absence, s *stream, route int, start, end int64) {
	f := in.fileElsewhere(a)
	f.beside.elsewhere.route = route
	f.stream, f.size, f.proven = s, end, end
	f.gen = a.Gen
	for r := range f.routes {
		t := &f.routes[r]
		t.pos = a.Positions[r]
		if r == route {
			if t.pos.Offset < start {
				in.later("the first bytes of a file that is gone are not elsewhere; they were delivered before the state was lost, or are lost",
					"path", f.path(), "offset", t.pos.Offset, "start", start)
				t.pos = Position{Offset: start}
			}
			t.tail = t.pos.Offset
			t.since, t.mark = in.now().UnixNano(), end
			continue
		}
		// Others have no part in it, and their turn after it.
		t.pos.Offset, t.seq = max(t.pos.Offset, end), f.seq
	}
	in.absent.Remove(a)
	in.enter(f)
	in.nameless[f] = struct{}{}
	s.Insert(f)
	in.rouse(s)
	in.later("a file is gone and is read from where it was put aside", "path", f.path(), "generation", f.id, "offset", f.routes[route].pos.Offset, "end", end)
}

// isSafe tells, under mu, whether a deleted file need not be held although a route
// has not read it: the rest is elsewhere. If two routes lack something it is held.
func (in *Input) isSafe(f *file) bool {
	behind := -1
	for r := range f.own() {
		if f.caughtUp(r) && f.routes[r].pos.Offset >= f.size {
			continue
		}
		if behind >= 0 {
			return false
		}
		behind = r
	}
	return behind >= 0 && f.unlinked && in.env.Elsewhere != nil &&
		in.env.Elsewhere.Holds(behind, f.id, f.routes[behind].pos.Offset, f.size)
}

// fileElsewhere makes a file of an absent generation that is in no stream yet.
func (in *Input) fileElsewhere(a *absence) *file {
	f := in.newFile()
	f.key, f.birth, f.unlinked, f.changed = key{device: noDevice, inode: a.ID}, a.Birth, true, in.now().UnixNano()
	f.place = vfs.Place{Root: "/", Rel: strings.TrimPrefix(a.Path, "/")}
	f.id, f.truncations, f.order, f.headLength, f.headHash = a.ID, a.Truncations, a.Order, a.HeadLength, a.HeadHash
	f.name = names.Name{Kind: names.Live, Stem: f.place.Rel[strings.LastIndexByte(f.place.Rel, '/')+1:]}
	f.more().elsewhere = &origin{Saved: a.Saved}
	return f
}

// reach bounds what is to be read of f by what can be had without waiting: so others
// are read meanwhile. If that is nothing, the stream is woken when it is more.
func (c *Cursor) reach(f *file, limit int) int {
	if !f.isElsewhere() {
		return limit
	}
	c.in.mu.Lock()
	offset, route := f.routes[c.route].pos.Offset, f.beside.elsewhere.route
	c.in.mu.Unlock()
	end := c.in.env.Elsewhere.Reach(route, f.id, offset, func() {
		c.in.mu.Lock()
		c.in.rouse(f.stream)
		c.in.mu.Unlock()
		c.in.flush()
	})
	return int(max(0, min(int64(limit), end-offset)))
}

// origin is what a file elsewhere was when it was here.
type origin struct {
	Saved
	route int // that reads it
}

// acquireElsewhere opens such a file: it costs a place among the descriptors and
// no descriptor.
func (in *Input) acquireElsewhere(f *file, early bool) (*descriptors.Handle, error) {
	if !in.env.Descriptors.Take(early) {
		return nil, trouble.ErrNoneFree
	}
	h := descriptors.NewHandle(in.env.Elsewhere.Open(f.beside.elsewhere.route, f.id, nil))
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.keep(f, h)
}

// awaiting is the handle h of f for a read that waits for what is elsewhere only until
// ctx ends. Nobody closes it: it is a part of h.
func (c *Cursor) awaiting(ctx context.Context, f *file, h *descriptors.Handle) *descriptors.Handle {
	if !f.isElsewhere() {
		return h
	}
	return &descriptors.Handle{File: c.in.env.Elsewhere.Open(f.beside.elsewhere.route, f.id, ctx.Done())}
}

// noDevice is the device of files elsewhere; none has this number.
const noDevice = math.MaxUint64

// isElsewhere tells whether f stands for a file that is gone, from the first to the
// last. It needs no lock.
func (f *file) isElsewhere() bool { return f.key.device == noDevice }

// proofLength is how many bytes before a position are to be found again. What is
// elsewhere proves itself, and may begin at the position.
func (f *file) proofLength(p Position) int {
	if f.isElsewhere() {
		return 0
	}
	return int(p.ProofLength)
}

// standInForAll does so for what is absent after a scan, before its streams are
// woken. It belongs to Run.
func (in *Input) standInForAll() {
	if in.env.Elsewhere == nil {
		return
	}
	in.mu.Lock()
	var list []*absence
	for a := range in.absent.All() {
		if !a.Ours || (!a.Ended && !in.couldSee(a)) {
			continue // an error is not absence
		}
		for r := range in.env.Routes {
			if _, _, ok := in.env.Elsewhere.Span(r, a.ID, a.Positions[r].Offset); ok && in.follows(r) < 0 {
				list = append(list, a)
				break
			}
		}
	}
	in.mu.Unlock()
	for _, a := range list {
		f := in.fileElsewhere(a)
		f.more().saved = a
		s, _, err := in.streamOf(f)
		if err != nil {
			in.problems.Report(Problem{Path: f.path(), What: err.Error(), Cure: "correct the input's expressions"})
			continue
		}
		in.mu.Lock()
		if in.absent.Has(a) {
			in.standIn(a, s)
		}
		in.mu.Unlock()
	}
}

// settleElsewhere drops a file elsewhere that was read to its end; what more
// there may be of it is given another. One that could not be read is tried again.
func (in *Input) settleElsewhere(f *file) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if f.err != nil {
		f.retry = true
		in.rouse(f.stream)
	}
	if !f.finished() || in.announces(f) {
		return
	}
	a, o := in.absentAs(f), f.beside.elsewhere
	a.Identity = o.Identity
	for r := range a.Positions {
		if r != o.route {
			a.Positions[r] = o.Positions[r] // it has read nothing
		}
	}
	o.ID = 0
	in.leave(f)
	in.addAbsent(a)
	in.standIn(a, f.stream)
}

// Adopt makes a generation known that no state remembers, unless its file is here.
func (in *Input) Adopt(s *Saved) {
	in.mu.Lock()
	f := in.files[key{s.Device, s.Inode}]
	here := f != nil && f.birth == s.Birth && f.truncations == s.Truncations
	if !here && in.absent.ByID(s.ID) == nil && in.files[key{noDevice, s.ID}] == nil {
		in.addAbsent(in.savedAbsence(s))
	}
	in.mu.Unlock()
	in.tree.Hint(path.Dir(s.Path))
}
