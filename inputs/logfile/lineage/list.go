package lineage

import "slices"

// List is the files of a log in the order of shipping, the live one last.
type List[F File] struct {
	files []F
	first uint64 // lowest order of what was begun and is gone, 0 for none
	last  uint64 // highest order given out
}

// gap is between two neighbours' orders, so that a rotated file found late finds its
// place between them.
const gap = 1 << 20

// All are the files. The slice is the List's.
func (l *List[F]) All() []F { return l.files }

// Recall has the list know the lowest and the highest order of files that are gone.
func (l *List[F]) Recall(first, last uint64) { l.first, l.last = first, last }

// Known tells whether there is, or was, a file.
func (l *List[F]) Known() bool { return l.last > 0 }

// Eldest tells whether nothing that was ever begun is older than what has that order, while
// there are any files: what is older may be history. Where those stand that are not begun is
// a guess.
func (l *List[F]) Eldest(order uint64) bool {
	eldest := l.first
	if i := slices.IndexFunc(l.files, F.Begun); i >= 0 {
		eldest = lowest(eldest, l.files[i].Order())
	}
	return len(l.files) > 0 && order <= eldest
}

// Newest tells whether nothing follows f.
func (l *List[F]) Newest(f F) bool { return len(l.files) > 0 && l.files[len(l.files)-1] == f }

// Insert puts a file in its place. One with an order keeps it; others are placed by name
// and time, and given one.
func (l *List[F]) Insert(f F) {
	i, order := len(l.files), f.Order()
	if order != 0 {
		for i > 0 && l.files[i-1].Order() > order {
			i--
		}
		l.files = slices.Insert(l.files, i, f)
		l.last = max(l.last, order)
		l.putBehind(i)
		return
	}
	for i > 0 && Older(f, l.files[i-1]) < 0 {
		i--
	}
	l.files = slices.Insert(l.files, i, f)
	l.number(i)
	if b := f.Bounds(); b != nil {
		*b = Bounds{}
	}
}

// putBehind moves behind the i-th file those before it that are newer and not begun:
// they were placed when it was not known yet.
func (l *List[F]) putBehind(i int) {
	f := l.files[i]
	for _, g := range slices.Clone(l.files[:i]) {
		if !g.Begun() && Older(g, f) > 0 {
			l.Remove(g)
			g.SetOrder(0)
			l.Insert(g)
		}
	}
}

// Misplaced tells whether a file stands before an older one, or behind a newer one.
func (l *List[F]) Misplaced(f F) bool {
	i := slices.Index(l.files, f)
	return i >= 0 && ((i > 0 && Older(f, l.files[i-1]) < 0) || (i < len(l.files)-1 && Older(f, l.files[i+1]) > 0))
}

// Renumber gives a file that is to hold another generation an order behind its present
// one, where it stands. It tells whether the file is in the list.
func (l *List[F]) Renumber(f F) bool {
	i := slices.Index(l.files, f)
	if i >= 0 {
		l.gone(f)
		l.number(i)
	}
	return i >= 0
}

// number gives the file at i an order between its neighbours', and behind that of
// the generation that its inode held before.
func (l *List[F]) number(i int) {
	f := l.files[i]
	before, after := f.Order(), uint64(0)
	if b := f.Bounds(); b != nil {
		before, after = max(before, b.NewerThan), b.OlderThan
	}
	if i > 0 {
		before = max(before, l.files[i-1].Order())
	}
	if i < len(l.files)-1 {
		after = lowest(after, l.files[i+1].Order())
	} else if after <= before {
		l.last += gap
		f.SetOrder(l.last)
		return
	}
	// Without a gap the neighbours share a number; then their place in the list, and
	// after a restart their names, decide. Near the older one, since generations that
	// have ended may have their numbers before the newer one: what is behind is late.
	f.SetOrder(max(before+min((after-min(before, after))/2, gap/8), 1))
}

// Remove takes f out of the list, if it is there.
func (l *List[F]) Remove(f F) {
	if i := slices.Index(l.files, f); i >= 0 {
		l.gone(f)
		l.files = slices.Delete(l.files, i, i+1)
	}
}

// gone notes that what f holds is about to be gone.
func (l *List[F]) gone(f F) {
	if f.Begun() {
		l.first = lowest(l.first, f.Order())
	}
}
