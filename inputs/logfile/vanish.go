package logfile

import (
	"maps"
	"slices"

	"shipper/inputs/logfile/absent"
)

// vanish drops, under mu, a file that can't be reached any more or need not be.
func (in *Input) vanish(f *file, why string) {
	in.letGo(f, "a file is gone before it was read to its end", "why", why,
		"cure", "raise the limit of open files, or keep rotated files for longer")
}

// letGo drops a file, under mu, and counts what is unread of it: text and more
// tell of that. Its generation stays known for a while unless it is unlinked for
// good.
func (in *Input) letGo(f *file, text string, more ...any) {
	lost, heirs := f.unread(), f.stream != nil && !f.aside && in.mayHaveHeir(f)
	if f.aside || (lost > 0 && !heirs && f.stream != nil && in.covered(f.stream, in.absentAs(f), f.birth)) {
		lost = 0 // nothing was expected of it, or it is counted by the claim that it might have met
	}
	stands := false
	if lost > 0 {
		attrs := append([]any{"path", f.path(), "offset", f.maxOffset(), "size", f.size}, more...)
		if heirs {
			in.claimFor(f, in.absentAs(f), f.size, text, attrs...)
		} else if end := in.standIn(in.absentAs(f), f.stream); end > 0 {
			stands = true
			if f.size > end {
				in.lost(f.size-end, text, attrs...)
			}
		} else {
			in.lost(lost, text, attrs...)
		}
	}
	for _, x := range f.names {
		x.File = nil
		x.Recheck()
	}
	f.names = nil
	in.leave(f)
	switch {
	case f.id == 0 || stands:
	case f.unlinked && !heirs && !f.stream.needs(f): // its inode has no name and nobody can give it one again
		in.gone = append(in.gone, f.id)
		in.outlive(f)
	default:
		a := in.absentAs(f)
		if n := len(in.claims); lost > 0 && heirs {
			a = in.claims[n-1].absence
		}
		in.addAbsent(a)
	}
}

// mayHaveHeir tells, under mu, whether a newcomer holds, or may hold, what f does. Of
// those that this look has found the stream is not known yet, and more may follow.
func (in *Input) mayHaveHeir(f *file) bool {
	return slices.ContainsFunc(in.fresh, func(g *file) bool {
		return g.stream == nil || (g.stream == f.stream && (g.origin() == f || g.origin() == nil))
	})
}

// outlive notes, under mu, what is forgotten with f, if it is the newest that was
// begun. There are few such streams: the field would cost all of them.
func (in *Input) outlive(f *file) {
	e := absent.Elder{Order: f.order, Birth: f.birth, Until: f.birth}
	if f.truncations > 0 {
		e.Until = f.modified // its inode is older than it is
	}
	if e.Order >= in.elders[f.stream].Order && e.Order >= f.stream.begun() {
		in.elders[f.stream] = e
	}
}

// forgetElders drops, under mu, those that a newer generation or nobody can take for
// its elder any more.
func (in *Input) forgetElders() {
	maps.DeleteFunc(in.elders, func(s *stream, e absent.Elder) bool {
		return in.streams[s.public.Name] != s || s.begun() > e.Order
	})
}
