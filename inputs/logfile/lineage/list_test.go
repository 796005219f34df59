package lineage

import (
	"slices"
	"strings"
	"testing"

	"shipper/inputs/logfile/names"
)

// log is a file of which only its place is of interest.
type log struct {
	text            string
	name            names.Name
	birth, modified int64
	nameless, begun bool
	order           uint64
	bounds          Bounds
}

func (f *log) Order() uint64         { return f.order }
func (f *log) SetOrder(order uint64) { f.order = order }
func (f *log) Bounds() *Bounds       { return &f.bounds }
func (f *log) Begun() bool           { return f.begun }
func (f *log) Age() Age              { return Age{&f.name, f.birth, f.modified, f.nameless} }

func of(name string, birth, modified int64, order uint64) *log {
	return &log{text: name, name: names.Parse(name), birth: birth, modified: modified, order: order}
}

func begun(f *log) *log {
	f.begun = true
	return f
}

func gone(f *log) *log {
	f.nameless = true
	return f
}

// TestOlder: names tell, else births, else what was written; of what has no name any more
// neither the live name nor a number tells.
func TestOlder(t *testing.T) {
	for _, x := range []struct{ older, newer *log }{
		{of("a.log.1", 9, 9, 0), of("a.log", 1, 1, 0)},
		{of("a.log.2", 9, 9, 0), of("a.log.1", 1, 1, 0)},
		{of("a.log-20260101", 9, 9, 0), of("a.log-20260102", 1, 1, 0)},
		{of("a.log", 1, 9, 0), of("a.log", 2, 1, 0)},
		{of("a.log", 0, 1, 0), of("a.log", 2, 2, 0)},
		{gone(of("a.log", 1, 5, 0)), of("a.log.1", 6, 7, 0)},
		{of("a.log.1", 1, 3, 0), gone(of("a.log", 4, 5, 0))},
		{gone(of("a.log", 1, 5, 0)), of("a.log", 6, 7, 0)},
	} {
		if Older(x.older, x.newer) >= 0 || Older(x.newer, x.older) <= 0 {
			t.Errorf("%s is not older than %s", x.older.text, x.newer.text)
		}
	}
}

// TestInsert: an order that is known holds, and others are between; what was not begun
// moves if that shows that its place was wrong.
func TestInsert(t *testing.T) {
	for _, x := range []struct {
		name string
		in   []*log
		want string
	}{
		{"by name", []*log{of("a.log", 3, 3, 0), of("a.log.2", 1, 1, 0), of("a.log.1", 2, 2, 0)}, "a.log.2 a.log.1 a.log"},
		{"by order", []*log{begun(of("a.log", 3, 3, 5)), begun(of("a.log.1", 1, 1, 9)), begun(of("a.log.2", 2, 2, 7))}, "a.log a.log.2 a.log.1"},
		{"moved", []*log{of("a.log.1", 3, 3, 0), of("a.log.2", 2, 2, 9*gap)}, "a.log.2 a.log.1"},
		{"begun stays", []*log{begun(of("a.log.1", 3, 3, 0)), of("a.log.2", 2, 2, 9*gap)}, "a.log.1 a.log.2"},
	} {
		var l List[*log]
		for _, f := range x.in {
			l.Insert(f)
		}
		var got []string
		for _, f := range l.All() {
			got = append(got, f.text)
		}
		if s := strings.Join(got, " "); s != x.want {
			t.Errorf("%s: %s, want %s", x.name, s, x.want)
		}
		if !slices.IsSortedFunc(l.All(), func(a, b *log) int { return int(a.order) - int(b.order) }) {
			t.Errorf("%s: the orders do not rise", x.name)
		}
		last := l.All()[len(x.in)-1]
		if !l.Known() || !l.Newest(last) || l.Eldest(last.order) {
			t.Errorf("%s: the ends of the list are others", x.name)
		}
	}
}

// TestEldest: what was begun and is gone, or ends by a truncation, counts, and what has only
// been given a place does not, wherever that was.
func TestEldest(t *testing.T) {
	var l List[*log]
	waiting := of("a.log-20260102", 2, 2, 0)
	l.Insert(of("a.log", 3, 3, 9*gap))
	l.Insert(waiting)
	eldest := begun(of("a.log-20260101", 1, 1, 5*gap))
	l.Insert(eldest) // moves the other behind it
	l.Remove(eldest)
	if l.Eldest(waiting.order) || !l.Eldest(eldest.order) {
		t.Error("what was not begun is the eldest")
	}
	older := begun(of("a.log-20260103", 4, 4, 3*gap))
	l.Insert(older)
	if !l.Eldest(older.order) || l.Eldest(eldest.order) {
		t.Error("one with a lower order is not the eldest")
	}
	former := older.order
	l.Renumber(older)
	if !l.Eldest(former) || l.Eldest(older.order) {
		t.Error("what a file held before it was truncated is forgotten")
	}
	var none List[*log]
	none.Recall(gap, gap)
	if none.Eldest(gap) {
		t.Error("there are no files")
	}
}

// TestGoneNeighbours: a file takes its place between what is gone, too, and comes behind
// what its inode held before.
func TestGoneNeighbours(t *testing.T) {
	var l List[*log]
	l.Recall(gap, 4*gap)
	f := of("a.log", 1, 1, 0)
	f.bounds.IsNewer(gap)
	f.bounds.IsNewer(2 * gap)
	f.bounds.IsOlder(4 * gap)
	f.bounds.IsOlder(3 * gap)
	l.Insert(f)
	order := f.order
	if order <= 2*gap || order >= 3*gap || f.bounds != (Bounds{}) {
		t.Fatalf("order %d, bounds %+v", order, f.bounds)
	}
	if !l.Renumber(f) || f.order <= 4*gap {
		t.Errorf("the next generation has order %d after %d and all that is gone", f.order, order)
	}
	successor := of("a.log", 2, 2, 0)
	l.Insert(successor)
	if order = f.order; !l.Renumber(f) || f.order <= order || f.order >= successor.order {
		t.Errorf("order %d after %d and before %d", f.order, order, successor.order)
	}
	if l.Misplaced(f) || l.Misplaced(successor) {
		t.Error("files in their places are misplaced")
	}
	f.name = names.Parse("a.log-20260102")
	successor.name = names.Parse("a.log-20260101")
	if !l.Misplaced(f) || !l.Misplaced(successor) {
		t.Error("files whose names say something else are in their places")
	}
	l.Remove(f)
	if l.Renumber(f) || len(l.All()) != 1 {
		t.Errorf("%d files are left", len(l.All()))
	}
}
