package logfile

import (
	"maps"
	"path"
	"slices"
	"time"

	"shipper/inputs/logfile/absent"
	"shipper/inputs/logfile/packed"
	"shipper/inputs/logfile/vfs"
)

// absence is a generation that is known and has no file at present. It is kept until
// it was absent for ForgetAfter.
type absence = absent.Generation

func (in *Input) savedAbsence(s *Saved) *absence {
	a := &absence{Saved: *s}
	a.Positions = maps.Clone(s.Positions)
	maps.DeleteFunc(a.Positions, func(r int, _ Position) bool { return r < 0 || r >= in.env.Routes })
	_, matched := in.globs.Classify(path.Dir(a.Path), path.Base(a.Path), in.cfg.Rotated)
	a.Ours = matched || len(a.Positions) > 0
	return a
}

// addAbsent is called under mu or before Run.
func (in *Input) addAbsent(a *absence) {
	in.absent.Add(a)
	if in.kinship != nil {
		in.kinship[a.Stream] = append(in.kinship[a.Stream], a)
	}
	if in.streams[a.Stream] == nil { // else the stream itself knows
		in.absent.Remember(a)
	}
}

// absentAs makes an absence of a file's present generation.
func (in *Input) absentAs(f *file) *absence {
	a := &absence{Ours: true, Size: max(f.size, f.proven), Gen: f.gen, Saved: Saved{Identity: f.identity(), Positions: map[int]Position{}}}
	a.HeadLength, a.HeadHash = f.longestHead()
	for r := range f.routes {
		a.Positions[r] = f.routes[r].pos
	}
	return a
}

// recognise finds the absent generation that a file just found is. The second
// result is how many truncations its inode has seen, for a new generation.
//
// Device, inode and birth time are taken for it; reading proves it later. Where
// the device differs or there is no birth time the proofs are asked at once.
func (in *Input) recognise(place vfs.Place, info *vfs.Info, format packed.Format) (*absence, uint32) {
	in.mu.Lock()
	candidates, truncations := in.absent.Candidates(info)
	in.mu.Unlock()
	if len(candidates) == 0 {
		return nil, truncations
	}
	if a := candidates[0]; a.Device == info.Device && a.Birth == info.Birth && a.Birth != 0 {
		return a, truncations
	}
	if format != packed.None {
		return nil, truncations // told by its examination
	}
	known := make([]absence, len(candidates)) // what hangs must not share them
	in.mu.Lock()
	for i, a := range candidates {
		known[i] = a.Clone()
	}
	in.mu.Unlock()
	proven := -1
	if told := in.patiently(info.Device, func() { proven = in.proven(place, known) }); !told {
		return candidates[0], truncations // as if it could not be opened
	}
	if proven < 0 {
		return nil, truncations
	}
	return candidates[proven], truncations
}

// proven finds the one that a file proves to be, -1 for none. If it can't be opened that
// can't be told yet. Whatever it is, it is read from its start if the first read doesn't
// find the proofs.
func (in *Input) proven(place vfs.Place, known []absence) int {
	f, err := in.fs.Open(place)
	if err != nil {
		return 0
	}
	defer func() { _ = f.Close() }() // read only
	return slices.IndexFunc(known, func(a absence) bool { return a.ProvenBy(f) })
}

// resume gives f, under mu, what is known of its generation. It returns whether
// the file has become shorter, which its first reading will handle.
func (in *Input) resume(f *file, a *absence) bool {
	f.id, f.truncations, f.order = a.ID, a.Truncations, a.Order
	f.headLength, f.headHash = a.HeadLength, a.HeadHash
	f.proven = 0
	f.unsaved = a.Device != f.key.device || a.Birth != f.birth || a.Path != f.path()
	now := in.now().UnixNano()
	for r := range f.routes {
		t := &f.routes[r]
		t.pos = a.Positions[r]
		t.tail = t.pos.Offset
		f.proven = max(f.proven, t.pos.Offset)
		// Not marked as caught up even where size is the offset: a first look
		// proves that it is still the same file.
		if f.size > t.pos.Offset {
			t.since, t.mark = now, f.size
		}
	}
	in.absent.Remove(a)
	f.more().saved = a
	return f.size < f.maxOffset() && f.format == packed.None
}

// couldSee tells whether the generation would be known if its file were still
// there: the directory where it was last seen, or the nearest one above that
// still exists, was read and is on the same device as before.
func (in *Input) couldSee(a *absence) bool {
	d := in.tree.Nearest(path.Dir(a.Path))
	if d == nil {
		return false
	}
	same := a.Since.IsZero() || a.DirDevice == d.Device
	a.DirDevice = d.Device
	return d.Seen && same
}

// forget drops what has been absent for long enough, while the directory where
// it was last seen could be read and was still on the same device, and what is too
// much of that which nothing is wanted of.
func (in *Input) forget() {
	now := in.now()
	var ids []uint64
	in.mu.Lock()
	drop := func(a *absence) {
		ids = append(ids, a.ID)
		in.absent.Remove(a)
	}
	for a := range in.absent.All() {
		switch s := in.streams[a.Stream]; {
		case !a.Ours:
		case s != nil && s.Eldest(a.Order):
			// What is older than the eldest ever known may be history: that one
			// must stay known as long as there is one.
		case !a.Ended && !in.couldSee(a):
			a.Since = time.Time{}
		case !a.Since.IsZero() && now.Sub(a.Since) >= in.cfg.ForgetAfter:
			drop(a)
		case a.Since.IsZero():
			a.Since = now
		}
	}
	busy := in.undecidedStreams()
	mayGo := func(a *absence) bool {
		return a.Ours && !a.Since.IsZero() && !busy[a.Stream] && in.deleted(a, now) && in.settled(a)
	}
	for _, a := range in.absent.Surplus(max(absent.InAll, len(in.files)), mayGo) {
		drop(a)
	}
	in.mu.Unlock()
	if len(ids) > 0 {
		in.log.Info("forgot files that are gone", "count", len(ids))
		if in.env.Forget != nil {
			in.env.Forget(ids)
		}
	}
}

// deleted tells, under mu, whether an absent generation's file is sure to be gone.
func (in *Input) deleted(a *absence, now time.Time) bool {
	d := in.tree.At(path.Dir(a.Path))
	if d == nil || !d.Seen {
		return a.Ended
	}
	x := d.Shown(path.Base(a.Path))
	return a.Deleted(d.Device, x != nil && x.File == nil, now)
}

// settled tells, under mu, whether nothing is wanted of an absent generation any more: it
// is delivered, as far as is known, and nothing of it waits elsewhere.
func (in *Input) settled(a *absence) bool {
	own := in.env.Routes - len(in.env.Follows)
	for r := range own {
		if in.env.Elsewhere == nil {
			break
		}
		if _, _, waits := in.env.Elsewhere.Span(r, a.ID, a.Positions[r].Offset); waits {
			return false
		}
	}
	return a.Delivered(own)
}

// retire drops the streams that have had no file for long, and what is known of
// former ones that no absent generation speaks of. An application that logs by
// process id makes a stream with every start.
func (in *Input) retire(now time.Time) {
	in.mu.Lock()
	var gone []*Cursor
	spoken := in.absent.Streams()
	for name, s := range in.streams {
		switch {
		case len(s.All()) > 0 || spoken[name]:
			s.empty = 0
		case s.empty == 0:
			s.empty = uint32(now.Unix())
		case now.Sub(time.Unix(int64(s.empty), 0)) >= in.cfg.ForgetAfter:
			delete(in.streams, name)
			gone = append(gone, s.cursors...)
		}
	}
	for _, c := range gone {
		in.waiting.Drop(c)
	}
	in.forgetElders()
	in.mu.Unlock()
	if len(gone) > 0 && in.env.Retire != nil {
		in.env.Retire(gone)
	}
}
