package logfile

import (
	"cmp"
	"math"
	"slices"

	"shipper/inputs"
	"shipper/inputs/logfile/names"
)

// stream is a log: its files in the order of shipping, the live one last.
// Guarded by Input.mu.
type stream struct {
	public   *inputs.Stream
	captures []inputs.Header
	match    map[string]string // captures again, for expressions
	files    []*file
	cursors  []*Cursor
	last     uint64 // highest order given out
	first    uint64 // lowest order known, 0 if none is
	woken    bool   // in a list of streams to be woken
	lively   bool   // in the list of those that Track looks at
	empty    uint32 // seconds since 1970, when it was first found without files; 0 if it has some
}

// orderGap is between two neighbours' orders, so that a rotated file found late
// finds its place between them.
const orderGap = 1 << 20

// older orders two files by what their names and times say. The live name, or the
// number, that a file had last, before it was renamed and deleted unseen, says
// nothing: what was written after the file was made is newer.
func older(a, b *file) int {
	switch {
	case b.outdated() && a.name.Kind != names.Live:
		return since(a, b)
	case a.outdated() && b.name.Kind != names.Live:
		return -since(b, a)
	}
	if c := names.Compare(&a.name, &b.name); c != 0 {
		return c
	}
	if a.birth != 0 && b.birth != 0 && a.birth != b.birth {
		return cmp.Compare(a.birth, b.birth)
	}
	return cmp.Compare(a.modified, b.modified)
}

// outdated tells whether the file is not what its name says any more.
func (f *file) outdated() bool {
	stale := f.name.Kind == names.Live || f.name.Kind == names.Numbered
	return len(f.names) == 0 && stale && f.birth != 0
}

// since is 1 if a was written to after b was made, else -1.
func since(a, b *file) int {
	if a.modified > b.birth {
		return 1
	}
	return -1
}

// insert puts a file in its place. One with an order keeps it; others are
// placed by name and time, and given one.
func (s *stream) insert(f *file) {
	defer func() { s.first = lowest(s.first, f.order) }()
	i := len(s.files)
	if f.order != 0 {
		for i > 0 && s.files[i-1].order > f.order {
			i--
		}
		s.files = slices.Insert(s.files, i, f)
		s.last = max(s.last, f.order)
		s.putBehind(i)
		return
	}
	for i > 0 && older(f, s.files[i-1]) < 0 {
		i--
	}
	s.files = slices.Insert(s.files, i, f)
	s.number(i)
	if f.beside != nil {
		f.beside.behind, f.beside.ahead = 0, 0
	}
}

// putBehind moves behind the i-th file those before it that are newer and not begun:
// they were placed when it was not known yet.
func (s *stream) putBehind(i int) {
	f := s.files[i]
	for _, g := range slices.Clone(s.files[:i]) {
		if g.id == 0 && older(g, f) > 0 {
			s.remove(g)
			g.order = 0
			s.insert(g)
		}
	}
}

// misplaced tells whether a file stands before an older one, or behind a newer one.
func (s *stream) misplaced(f *file) bool {
	i := s.index(f)
	return i >= 0 && ((i > 0 && older(f, s.files[i-1]) < 0) || (i < len(s.files)-1 && older(f, s.files[i+1]) > 0))
}

// index is f's place in a stream, or -1; the stream may be nil.
func (s *stream) index(f *file) int {
	if s == nil {
		return -1
	}
	return slices.Index(s.files, f)
}

// number gives the file at i an order between its neighbours', and behind that of
// the generation that its inode held before.
func (s *stream) number(i int) {
	f := s.files[i]
	before, after := f.order, uint64(0)
	if f.beside != nil {
		before, after = max(before, f.beside.behind), f.beside.ahead
	}
	if i > 0 {
		before = max(before, s.files[i-1].order)
	}
	if i < len(s.files)-1 {
		after = lowest(after, s.files[i+1].order)
	} else if after <= before {
		s.last += orderGap
		f.order = s.last
		return
	}
	// Without a gap the neighbours share a number; then their place in the list, and
	// after a restart their names, decide. Near the older one, since generations that
	// have ended may have their numbers before the newer one: what is behind is late.
	f.order = max(before+min((after-min(before, after))/2, orderGap/8), 1)
}

func (s *stream) remove(f *file) {
	if i := s.index(f); i >= 0 {
		s.files = slices.Delete(s.files, i, i+1)
	}
}

// lowest is the lower of two orders, of which 0 is none.
func lowest(a, b uint64) uint64 {
	if a == 0 || (b != 0 && b < a) {
		return b
	}
	return a
}

// needs tells whether f, which is gone for good and in the list no more, must
// stay known for what the stream still has: as the eldest, since what is older
// than that is no part of the log, or because something older is still to be
// shipped, which is late now.
func (s *stream) needs(f *file) bool {
	return slices.ContainsFunc(s.files, func(g *file) bool {
		return f.order == s.first || (g.order < f.order && !g.finished())
	})
}

// begun is the order of the newest generation that all routes have begun, or gone
// beyond.
func (s *stream) begun() uint64 {
	order := uint64(math.MaxUint64)
	for _, c := range s.cursors {
		order = min(order, c.begun)
	}
	return order
}

// newest tells whether nothing follows f.
func (s *stream) newest(f *file) bool {
	return len(s.files) > 0 && s.files[len(s.files)-1] == f
}
