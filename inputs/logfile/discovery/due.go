package discovery

import (
	"sync"
	"time"
)

// due is the directories that are to be looked at, by their paths. It has a lock of
// its own: whoever reads a file asks for a look.
type due struct {
	mu       sync.Mutex
	dirs     map[string]struct{}
	kick     chan struct{} // dirs has become non-empty
	deferred bool          // a look waits for its time
}

func newDue() due { return due{dirs: map[string]struct{}{}, kick: make(chan struct{}, 1)} }

func (u *due) add(dir string) {
	u.mu.Lock()
	u.dirs[dir] = struct{}{}
	u.mu.Unlock()
}

func (u *due) clear() {
	u.mu.Lock()
	clear(u.dirs)
	u.mu.Unlock()
}

// take returns the directories, and keeps none.
func (u *due) take() []string {
	u.mu.Lock()
	defer u.mu.Unlock()
	list := make([]string, 0, len(u.dirs))
	for dir := range u.dirs {
		list = append(list, dir)
	}
	clear(u.dirs)
	u.deferred = false
	return list
}

// putOff has a directory looked at later than the others.
func (u *due) putOff(dir string) {
	u.add(dir)
	u.mu.Lock()
	u.deferred = true
	u.mu.Unlock()
}

// Hint asks for a look at a directory. It may be called from any goroutine.
func (t *Tree[F]) Hint(dir string) {
	t.due.add(dir)
	select {
	case t.due.kick <- struct{}{}:
	default:
	}
}

// Hinted receives after a Hint; then LookDue is to be called.
func (t *Tree[F]) Hinted() <-chan struct{} { return t.due.kick }

// Deferred tells whether LookDue has put something off: it is to be called again some
// time later.
func (t *Tree[F]) Deferred() bool {
	t.due.mu.Lock()
	defer t.due.mu.Unlock()
	return t.due.deferred
}

const (
	// lookShare bounds what looks at one directory may cost while its events do not
	// end: one that cost t is followed by none for so many t. Only one with tens of
	// thousands of names is noticeably slower to list.
	lookShare = 15
	// leastCost is what any look may cost.
	leastCost = time.Millisecond
)

// rest returns for how long no look is to follow one that took so long. A single slow
// one says more of the machine, which was busy with others, than of the directory, in
// which files may come and go meanwhile: so the cost doubles at most from look to look.
func (d *Directory[F]) rest(took time.Duration) time.Duration {
	d.cost = min(took, max(2*d.cost, leastCost))
	return lookShare * d.cost
}

// LookDue looks at the directories that something happened in, and tells whether
// there were any.
func (t *Tree[F]) LookDue() bool {
	list := t.due.take()
	for _, p := range list {
		d := t.dirs[p]
		if d == nil {
			continue
		}
		begun := t.Now()
		if begun.Before(d.notBefore) { // looked at when LookDue is called after that
			t.due.putOff(p)
			continue
		}
		t.look(d, false)
		t.walkNew(d, 0)
		end := t.Now()
		d.notBefore = end.Add(d.rest(end.Sub(begun)))
	}
	return len(list) > 0
}

// Unwatched tells whether there are directories of which no events come.
func (t *Tree[F]) Unwatched() bool { return t.unwatched }

// pollShare bounds what polling may cost: looks that took t are followed by none for so
// many t.
const pollShare = 50

// LookUnwatched looks at all directories of which no events come.
func (t *Tree[F]) LookUnwatched() {
	begun := t.Now()
	if !t.unwatched || begun.Before(t.pollAfter) {
		return
	}
	for _, d := range t.dirs {
		if !d.watched {
			t.look(d, true)
			t.walkNew(d, 0)
		}
	}
	end := t.Now()
	t.pollAfter = end.Add(pollShare * end.Sub(begun))
}
