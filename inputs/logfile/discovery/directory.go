package discovery

import (
	"slices"
	"time"

	"shipper/inputs/logfile/vfs"
)

// Directory is one that can contain files of the input.
type Directory[F any] struct {
	Place  vfs.Place
	Path   string // Place as text
	Device uint64 // as the last look has shown; before the first, that of the directory above
	Inode  uint64 // 0 before the first look
	Seen   bool   // the last look succeeded
	Listed uint64 // Tick of the last look that has listed it whole

	entries map[string]*Entry[F] // names that are ours by a glob or by a known inode, also of what can't be read
	subs    map[string]*Directory[F]
	active  []*Entry[F] // names in use, and some that were
	changed int64       // when it last was, before it was listed; 0 if it may have changed since without another time
	pass    uint32      // number of the latest look
	listed  uint32      // pass of the directory above that showed it
	round   uint32      // of the last full scan that came by
	watched bool
	polled  bool // it can't be watched
	busy    bool // a look at it is under way, or hangs
	whole   bool // a look has shown all that is in it
	failing bool // one has, and the last one has not

	notBefore time.Time     // for looks that an event asks for, see lookShare
	cost      time.Duration // of such a look, see rest
}

// Entry is a name that matters: one that a glob matches, or that a known file had or has.
type Entry[F any] struct {
	Dir  *Directory[F]
	Name string
	File *F // the owner's: what it takes the name for, nil if that is nothing to be read

	inode          uint64
	size, modified int64
	pass           uint32
	check          bool // stat it at the next look, whatever the directory tells
	active         bool // in its directory's list
	written        bool // an event said so since it was last asked for
	known          bool // the owner was told of it
}

// Recheck has the next look ask for the name, whatever its directory tells.
func (x *Entry[F]) Recheck() { x.check = true }

// NewDirectory makes one that is in no Tree.
func NewDirectory[F any](place vfs.Place) *Directory[F] {
	return &Directory[F]{Place: place, Path: place.Path(), entries: map[string]*Entry[F]{}, subs: map[string]*Directory[F]{}}
}

// Shown returns a name's entry if the latest look has found it there, else nil.
func (d *Directory[F]) Shown(name string) *Entry[F] {
	if x := d.entries[name]; x != nil && x.pass == d.pass {
		return x
	}
	return nil
}

// hasTurn tells whether this scan looks at everything in a directory.
func (d *Directory[F]) hasTurn() bool { return (uint32(d.Inode)+d.round)%turns == 0 }

// use has a name asked for by the next scans.
func (d *Directory[F]) use(x *Entry[F]) {
	if !x.active {
		x.active = true
		d.active = append(d.active, x)
	}
}

// note takes in what stat says of a name, and tells whether it has changed.
func (x *Entry[F]) note(inode uint64, info *vfs.Info) bool {
	x.written = false
	if !x.check && x.inode == inode && x.size == info.Size && x.modified == info.Modified {
		return false
	}
	x.check, x.inode, x.size, x.modified = false, inode, info.Size, info.Modified
	return true
}

// shrunk is the list without room for many more than it holds, as after a first look.
func shrunk[T any](list []T) []T {
	if cap(list) > 2*len(list)+64 {
		return slices.Clone(list)
	}
	return list
}
