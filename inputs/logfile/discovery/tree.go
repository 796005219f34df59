package discovery

import (
	"log/slog"
	"path"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"shipper/inputs/logfile/calls"
	"shipper/inputs/logfile/names"
	"shipper/inputs/logfile/notices"
	"shipper/inputs/logfile/trouble"
	"shipper/inputs/logfile/vfs"
)

// Env is what a Tree needs of its owner, who judges what is seen. Its functions are
// called with the Tree locked, by whoever called the Tree; Knows by looks, too.
type Env[F any] struct {
	FS       vfs.FS
	Globs    *names.Globs
	Rotated  []string // see names.Globs.Classify
	Follow   bool     // symbolic links
	Log      *slog.Logger
	Problems *trouble.Book
	Now      func() time.Time

	// Tick numbers a look: what is seen by it is not older.
	Tick func() uint64
	// Knows tells whether an inode may be a known file under a name that no glob matches.
	Knows func(device, inode uint64) bool
	// Seeks tells whether files are sought that may turn up under any name.
	Seeks func() bool
	// Saw is told of each name that stands for another file than before, or whose
	// file has changed, and the Tick of the look. It tells whether the file is new.
	Saw func(s *Sighting[F], tick uint64) (newcomer bool)
	// Is tells whether stat has told of that very file.
	Is func(*F, *vfs.Info) bool
	// Gone is told that a name with a File is there no more.
	Gone func(*Entry[F])
	// Wrote is told that a name with a File was written to. It returns false if that
	// takes a look.
	Wrote func(*Entry[F]) bool
}

// Sighting is what a look has found a name to stand for.
type Sighting[F any] struct {
	Entry *Entry[F]
	Info  vfs.Info
	First bool // the owner was never told of the name
}

// Tree is the directories that can contain files of an input, and the names in them
// that matter.
type Tree[F any] struct {
	Env[F]
	// Mutex guards the tree, its directories and their entries. Whoever calls a method
	// holds it, but for Hint, Hinted and Deferred; a look has it in between its calls
	// of the file system, while it is waited for or goes on by itself.
	sync.Mutex
	// Calls are the looks that hang. Of those that Late brings, Over is to be called.
	Calls *calls.Group

	due        due
	dirs       map[string]*Directory[F]
	watcher    notices.Watcher
	unwatched  bool          // some directories are not watched
	pollAfter  time.Time     // not to be looked at before
	sightings  []Sighting[F] // kept for the next look
	asked      []string      // by a glance, likewise
	idleBefore int64         // nanoseconds since 1970: names modified earlier are idle
	round      uint32        // number of the scan
	glanced    bool          // this scan has not listed every directory
	missed     bool          // events were lost since the last scan
	visited    map[inode]bool
	failing    atomic.Int32 // so many directories are
}

// inode is a directory as the file system knows it.
type inode struct{ device, inode uint64 }

// New makes a Tree that has looked at nothing.
func New[F any](env Env[F]) *Tree[F] {
	t := &Tree[F]{Env: env, due: newDue(), dirs: map[string]*Directory[F]{}}
	t.Calls = calls.NewGroup(&t.Mutex)
	return t
}

// maxDepth bounds the walk below a root, in case symbolic links go in circles.
const maxDepth = 64

// Scan looks at everything, and tells whether every directory was listed.
func (t *Tree[F]) Scan() (whole bool) {
	t.round++
	t.due.clear()
	t.glanced = false
	clear(t.visited)
	for _, root := range t.Globs.Roots() {
		d := t.dirs[root]
		if d == nil {
			d = NewDirectory[F](vfs.Place{Root: root, Follow: t.Follow})
			t.dirs[root] = d
		}
		t.walk(d, 0)
	}
	for p, d := range t.dirs {
		if d.round != t.round {
			t.remove(p, d)
		}
	}
	t.missed = false
	return !t.glanced && t.Calls.Hung() == 0
}

// walk looks at a directory and those below it.
func (t *Tree[F]) walk(d *Directory[F], depth int) {
	if d.round == t.round {
		return // it has been visited by way of a nearer root
	}
	d.round = t.round
	looked := t.glance(d) || t.look(d, true)
	switch {
	case depth >= maxDepth:
		return
	case !looked && !d.busy:
		keepBelow(d) // it could not be listed: nothing is known to be gone
		return
	}
	if looked && t.Follow {
		// The same directory by two ways is looked at once.
		k := inode{d.Device, d.Inode}
		if t.visited == nil {
			t.visited = map[inode]bool{}
		}
		if t.visited[k] {
			return
		}
		t.visited[k] = true
	}
	for _, sub := range d.subs {
		t.walk(sub, depth+1)
	}
}

// keepBelow has the directories below d kept by the scan that came by d.
func keepBelow[F any](d *Directory[F]) {
	for _, sub := range d.subs {
		sub.round, sub.Seen = d.round, false
		keepBelow(sub)
	}
}

// walkNew looks at directories below d that no scan has come by yet.
func (t *Tree[F]) walkNew(d *Directory[F], depth int) {
	for _, sub := range d.subs {
		if sub.pass == 0 && depth < maxDepth {
			sub.round = d.round
			t.look(sub, true)
			t.walkNew(sub, depth+1)
		}
	}
}

// Failing tells whether there are directories that were seen whole, and of which the last
// look was not: an error is no absence. Callable by any goroutine.
func (t *Tree[F]) Failing() bool { return t.failing.Load() > 0 }

// sawWhole notes whether a look has shown all that is in a directory. Where none ever did
// nothing is expected to be.
func (t *Tree[F]) sawWhole(d *Directory[F], whole bool) {
	was := d.failing
	d.whole = d.whole || whole
	switch d.failing = d.whole && !whole; {
	case d.failing && !was:
		t.failing.Add(1)
	case was && !d.failing:
		t.failing.Add(-1)
	}
}

// At returns a directory by its path, or nil if it is not in the tree.
func (t *Tree[F]) At(dir string) *Directory[F] { return t.dirs[dir] }

// Nearest returns the directory of a path, or else the nearest above that is in the
// tree, or nil.
func (t *Tree[F]) Nearest(dir string) *Directory[F] {
	for ; ; dir = path.Dir(dir) {
		if d := t.dirs[dir]; d != nil || dir == "/" || dir == "." {
			return d
		}
	}
}

func (t *Tree[F]) isRoot(d *Directory[F]) bool { return slices.Contains(t.Globs.Roots(), d.Path) }

// sweep drops the entries that a complete listing did not show.
func (t *Tree[F]) sweep(d *Directory[F]) {
	for name, x := range d.entries {
		if x.pass == d.pass {
			continue
		}
		delete(d.entries, name)
		t.Problems.Solved(d.Path + "/" + name)
		if x.File != nil {
			t.Gone(x)
		}
	}
}

// remove drops a directory and all names in it.
func (t *Tree[F]) remove(p string, d *Directory[F]) {
	d.pass++
	t.sweep(d)
	t.unwatch(d)
	t.sawWhole(d, true)
	delete(t.dirs, p)
	for _, other := range t.dirs {
		for name, sub := range other.subs {
			if sub == d {
				delete(other.subs, name)
			}
		}
	}
}
