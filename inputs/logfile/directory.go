package logfile

import (
	"time"

	"shipper/inputs/logfile/vfs"
)

// directory is one that can contain files of the input. Directories and entries
// are guarded by Input.tree.
type directory struct {
	place   vfs.Place
	path    string // place as text
	device  uint64
	inode   uint64
	entries map[string]*entry // names that are ours by a glob or by a known inode, also of what can't be read
	subs    map[string]*directory
	active  []*entry // names in use, and some that were
	changed int64    // when it last was, before it was listed; 0 if it may have changed since without another time
	pass    uint32   // number of the latest look
	listed  uint32   // pass of the directory above that showed it
	round   uint32   // of the last full scan that came by
	watched bool
	polled  bool // it can't be watched
	busy    bool // a look at it is under way, or hangs
	seen    bool // the last look succeeded; guarded by Input.mu

	listedSince uint64 // tick before the last whole listing was begun; guarded by Input.mu

	notBefore time.Time // for looks outside full scans, see lookShare
}

// entry is a name that matters.
type entry struct {
	dir            *directory
	name           string
	file           *file // nil if it is nothing to be read
	inode          uint64
	size, modified int64
	pass           uint32
	check          bool // stat it at the next look, whatever the directory tells
	active         bool // in its directory's list
	written        bool // an event said so since it was last asked for
}

func newDirectory(place vfs.Place) *directory {
	return &directory{place: place, path: place.Path(), entries: map[string]*entry{}, subs: map[string]*directory{}}
}

// hasTurn tells whether this scan looks at everything in a directory.
func (d *directory) hasTurn() bool { return (uint32(d.inode)+d.round)%turns == 0 }

// use has a name asked for by the next scans.
func (d *directory) use(x *entry) {
	if !x.active {
		x.active = true
		d.active = append(d.active, x)
	}
}

// note takes in what stat says of a name, and tells whether it has changed.
func (x *entry) note(inode uint64, info *vfs.Info) bool {
	x.written = false
	if !x.check && x.inode == inode && x.size == info.Size && x.modified == info.Modified {
		return false
	}
	x.check, x.inode, x.size, x.modified = false, inode, info.Size, info.Modified
	return true
}

// sweep drops the entries that a complete listing did not show.
func (in *Input) sweep(d *directory) {
	for name, x := range d.entries {
		if x.pass == d.pass {
			continue
		}
		delete(d.entries, name)
		in.problems.Solved(d.path + "/" + name)
		if x.file != nil {
			in.mu.Lock()
			in.unname(x.file, x)
			in.mu.Unlock()
		}
	}
}

func (in *Input) removeDirectory(p string, d *directory) {
	d.pass++
	in.sweep(d)
	in.unwatch(d)
	delete(in.dirs, p)
	for _, other := range in.dirs {
		for name, sub := range other.subs {
			if sub == d {
				delete(other.subs, name)
			}
		}
	}
}
