package lineage

import (
	"cmp"

	"shipper/inputs/logfile/names"
)

// File is what a List is of.
type File interface {
	comparable
	Order() uint64 // 0: it has no place yet
	SetOrder(order uint64)
	Bounds() *Bounds // nil if there are none
	Age() Age
	Begun() bool // its order is known to others
}

// Bounds are orders of what is gone when a file is given its place, 0 for none. Few files
// have some.
type Bounds struct{ NewerThan, OlderThan uint64 }

// IsNewer notes that the file is newer than what has that order.
func (b *Bounds) IsNewer(order uint64) { b.NewerThan = max(b.NewerThan, order) }

// IsOlder notes that the file is older than what has that order.
func (b *Bounds) IsOlder(order uint64) { b.OlderThan = lowest(b.OlderThan, order) }

// lowest is the lower of two orders, of which 0 is none.
func lowest(a, b uint64) uint64 {
	if a == 0 || (b != 0 && b < a) {
		return b
	}
	return a
}

// Age is what names and times say of a file.
type Age struct {
	Name            *names.Name
	Birth, Modified int64 // nanoseconds since 1970; a Birth of 0 is not known
	Nameless        bool  // Name is the last one that it had
}

// Older orders two files by what their names and times say, as slices.Sort wants it. The
// live name, or the number, that a file had last, before it was renamed and deleted
// unseen, says nothing: what was written after the file was made is newer.
func Older[F File](f, g F) int {
	a, b := f.Age(), g.Age()
	switch {
	case b.outdated() && a.Name.Kind != names.Live:
		return since(&a, &b)
	case a.outdated() && b.Name.Kind != names.Live:
		return -since(&b, &a)
	}
	if c := names.Compare(a.Name, b.Name); c != 0 {
		return c
	}
	if a.Birth != 0 && b.Birth != 0 && a.Birth != b.Birth {
		return cmp.Compare(a.Birth, b.Birth)
	}
	return cmp.Compare(a.Modified, b.Modified)
}

// outdated tells whether the file is not what its name says any more.
func (a *Age) outdated() bool {
	stale := a.Name.Kind == names.Live || a.Name.Kind == names.Numbered
	return a.Nameless && stale && a.Birth != 0
}

// since is 1 if a was written to after b was made, else -1.
func since(a, b *Age) int {
	if a.Modified > b.Birth {
		return 1
	}
	return -1
}

// Precedes tells whether f's place is before that of g, which has one already: that of a g
// not begun is changed where its name or its time says so.
func Precedes[F File](f, g F) bool {
	order := f.Order()
	if order != 0 && order < g.Order() {
		return true
	}
	return (order == 0 || !g.Begun()) && Older(f, g) < 0
}
