package logfile

import (
	"time"

	"shipper/inputs"
	"shipper/inputs/logfile/descriptors"
	"shipper/inputs/logfile/discovery"
	"shipper/inputs/logfile/lineage"
	"shipper/inputs/logfile/names"
	"shipper/inputs/logfile/packed"
	"shipper/inputs/logfile/vfs"
)

// key is what the file system calls a file by.
type key struct{ device, inode uint64 }

// entry is a name in a directory that the file is looked for by.
type entry = discovery.Entry[file]

// file is one inode and its present generation. A truncation gives it the next
// generation; of the old one an absence is left, and segments under way. All fields
// are guarded by Input.mu, but for key, birth and format, which never change.
type file struct {
	key    key
	birth  int64
	stream *stream

	names  []*entry  // its names in directories we look at; the first is where it is opened
	place  vfs.Place // of names[0], or the last one it had
	name   names.Name
	beside *beside // nil for most

	size     int64
	proven   int64  // of size, what is known to belong to the present generation
	modified int64  // nanoseconds since 1970
	changed  int64  // nanoseconds since 1970, when size or modified was last seen to change
	sized    uint64 // tick of the last stat
	touched  uint64 // tick at which size was last changed, by whatever way
	found    uint64 // tick at which it was found

	id       uint64             // of the generation; 0 until its first record was cut, or it was skipped
	gen      *inputs.Generation // made when needed
	order    uint64
	headHash uint64
	// The first ones are of the head as it was seen before so much was acknowledged:
	// what a generation is known by while headLength is less.
	firstHash   uint64
	firstLength uint32
	headLength  uint32
	truncations uint32 // counted of its inode
	// seq counts the reasons to look for bytes: it goes up with each write
	// event and each change of size.
	seq uint32

	routes []route
	handle *descriptors.Handle

	err error // why it could not be opened or read; nil when it can

	// The small ones stand together, since there are as many files as there are.
	retry      bool  // err may be tried again
	unreadable bool  // err came from reading an open descriptor
	unlinked   bool  // it has no name anywhere
	aside      bool  // a newcomer still, or for good: not in its stream
	followers  uint8 // so many of the last routes follow others
	unsaved    bool  // the identity has changed since it was last handed out
	missed     uint8 // full scans since it lost its last name
	format     packed.Format
	told       told
}

// beside is what few files need: compressed ones, copies, and those of which
// there is one.
type beside struct {
	saved     *absence // see savedAs
	since     int64    // nanoseconds since 1970, when err came
	stored    int64    // size of the compressed file; file.size is that of its content once examined
	exam      *verdict // what its examination found, nil before
	own       bool     // compressed, and nothing told whose bytes it holds
	asked     bool     // it was asked whether it is history
	history   bool     // not to be read unless it holds a known generation
	unskipped bool     // not to be read before it was skipped to its end, as it was found
	origin    *file    // a file at hand whose bytes this newcomer holds: it is not read while that lasts, see bind
	copy      *file    // the newcomer whose origin this is
	deleted   int64    // nanoseconds since 1970, when it was first seen to be deleted and unread
	givenUp   bool     // it was let go of with bytes unread
	cut       int64    // by so much it was found cut short, unless it is another generation
	bounds    lineage.Bounds
	bounded   bool // it is read up to end only
	end       int64
	elsewhere *origin // its bytes are not in a file here, nil for most
}

// newFile makes a file of which nothing was read.
func (in *Input) newFile() *file {
	return &file{seq: 1, routes: make([]route, in.env.Routes), followers: uint8(len(in.env.Follows))}
}

// enter puts a file that was just found, under mu, among those that are known.
func (in *Input) enter(f *file) {
	in.tick++
	f.found, f.sized = in.tick, in.tick
	in.files[f.key] = f
}

// leave takes f, under mu, from those that are known, and lets its stream go on.
func (in *Input) leave(f *file) {
	f.unbind()
	in.closeHandle(f)
	delete(in.nameless, f)
	delete(in.endings, f)
	if in.files[f.key] == f {
		delete(in.files, f.key)
	}
	if f.stream != nil {
		f.stream.Remove(f)
		in.rouse(f.stream) // a successor may have waited for it
	}
}

// savedAs is what the file was recognised as, until it is in its stream.
func (f *file) savedAs() *absence {
	if f.beside == nil {
		return nil
	}
	return f.beside.saved
}

// cut is by how much it was found cut short, and not read since; see beside.
func (f *file) cut() int64 {
	if f.beside == nil {
		return 0
	}
	return f.beside.cut
}

// tidy gives beside up if it says nothing.
func (f *file) tidy() {
	if f.beside != nil && *f.beside == (beside{}) {
		f.beside = nil
	}
}

// more returns beside, which it makes if there is none.
func (f *file) more() *beside {
	if f.beside == nil {
		f.beside = &beside{}
	}
	return f.beside
}

// route is one route's position in a file.
type route struct {
	pos Position // up to where everything is acknowledged
	// tail is up to where the bytes after pos are known to hold no newline.
	tail int64
	// open is up to where complete lines wait for more of their record.
	open int64
	// seq is the file's seq for which everything up to its end was read.
	seq uint32
	// nuls: the file ends in NULs, which are not data yet.
	nuls bool
	// mark and since: bytes before mark were first seen at since, which is 0
	// while nothing is known to be unread.
	mark  int64
	since int64
}

// is tells whether stat has told of this file.
func (f *file) is(info *vfs.Info) bool { return f.key == key{info.Device, info.Inode} }

func (f *file) path() string { return f.place.Path() }

// Order is f's place in its stream, or the one that it is to get. This and what follows is
// for the stream's list, under mu.
func (f *file) Order() uint64 { return f.order }

// SetOrder gives f a place, or none with 0.
func (f *file) SetOrder(order uint64) { f.order = order }

// Bounds is what of f's place is known by what is gone, or nil.
func (f *file) Bounds() *lineage.Bounds {
	if f.beside == nil {
		return nil
	}
	return &f.beside.bounds
}

// Age is what is known of f's place by its name and times.
func (f *file) Age() lineage.Age {
	return lineage.Age{Name: &f.name, Birth: f.birth, Modified: f.modified, Nameless: len(f.names) == 0}
}

// Begun tells whether a record of f was read, or f was skipped.
func (f *file) Begun() bool { return f.id != 0 }

// caughtUp tells whether a route has nothing more to read but an unterminated
// last line.
func (f *file) caughtUp(r int) bool { return f.seq == f.routes[r].seq }

// own are the routes that the file is kept for: not those that follow others,
// which are the last.
func (f *file) own() []route { return f.routes[:len(f.routes)-int(f.followers)] }

// finished tells whether every route has acknowledged every byte seen.
func (f *file) finished() bool {
	for r := range f.own() {
		if !f.caughtUp(r) || f.size > f.routes[r].pos.Offset {
			return false
		}
	}
	return true
}

// unread is the number of bytes that some route has not acknowledged.
func (f *file) unread() int64 { return f.size - f.minOffset() }

func (f *file) minOffset() int64 {
	n := f.maxOffset()
	for r := range f.own() {
		n = min(n, f.routes[r].pos.Offset)
	}
	return n
}

func (f *file) maxOffset() int64 {
	n := int64(0)
	for r := range f.own() {
		n = max(n, f.routes[r].pos.Offset)
	}
	return n
}

// stir notes that there may be bytes to read.
func (f *file) stir(now time.Time) {
	f.seq++
	f.changed = now.UnixNano()
	f.expect(f.changed)
}

// expect notes, for routes that know of nothing to read, that there is since a time.
func (f *file) expect(since int64) {
	for r := range f.routes {
		if f.routes[r].since == 0 {
			f.routes[r].since, f.routes[r].mark = since, f.size
		}
	}
}

// longestHead is the longest that is known of how the present generation begins.
func (f *file) longestHead() (length uint32, hash uint64) {
	if f.firstLength > f.headLength {
		return f.firstLength, f.firstHash
	}
	return f.headLength, f.headHash
}

func (f *file) class() descriptors.Class {
	switch {
	case f.finished():
		return descriptors.Finished
	case len(f.names) == 0:
		return descriptors.Pinned
	}
	return descriptors.Named
}

func (f *file) identity() Identity {
	name := ""
	if f.stream != nil {
		name = f.stream.public.Name
	} else if f.savedAs() != nil {
		name = f.savedAs().Stream
	}
	if f.isElsewhere() {
		return f.beside.elsewhere.Identity
	}
	return Identity{
		ID: f.id, Stream: name, Path: f.path(),
		Device: f.key.device, Inode: f.key.inode, Birth: f.birth, Truncations: f.truncations,
		Order: f.order, HeadLength: f.headLength, HeadHash: f.headHash,
	}
}
