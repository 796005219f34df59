package discovery

import (
	"errors"
	"fmt"
	"io/fs"
	"time"
	"unsafe"

	"shipper/inputs/logfile/calls"
	"shipper/inputs/logfile/trouble"
	"shipper/inputs/logfile/vfs"
)

// look is one look at a directory. A goroutine of its own asks the file system, and is
// left alone with it when it hangs; no other look at the directory is begun meanwhile.
type look[F any] struct {
	dir       *Directory[F]
	full      bool
	tick      uint64 // before it was begun
	begun     time.Time
	sightings []Sighting[F]
	newcomers bool // some were new to the owner
	torn      bool // names changed hands while it listed
	blind     bool // the file system did not tell what some names stand for
	info      vfs.Info
	err       error
}

// beginLook returns nil if the directory can't be looked at now: a look at it hangs, or
// those at others of its file system do.
func (t *Tree[F]) beginLook(d *Directory[F], full bool) *look[F] {
	if d.busy || t.Calls.Full(d.Device) {
		d.Seen = false
		t.sawWhole(d, false)
		return nil
	}
	t.idleBefore = t.Now().Add(-idleAfter).UnixNano()
	l := &look[F]{dir: d, full: full, tick: t.Tick(), begun: time.Now(), sightings: t.sightings[:0]}
	t.sightings = nil
	return l
}

// ask has work ask the file system, and returns false if that hangs. When it is over,
// and brought by Calls.Late, late is called.
func (t *Tree[F]) ask(l *look[F], work func(*calls.Call), late func()) bool {
	d := l.dir
	d.busy = true
	call := t.Calls.Go(d.Device, work, func() {
		d.busy, d.notBefore = false, time.Time{}
		if t.dirs[d.Path] != d {
			return
		}
		t.Problems.Solved(d.Path)
		t.Log.Info("a directory that did not answer is looked at again", "path", d.Path)
		late()
		t.Hint(d.Path) // what was found is old
	})
	if call.Wait() {
		d.busy = false
		return true
	}
	d.Seen = false
	t.sawWhole(d, false)
	t.Problems.Report(trouble.Problem{
		Path: d.Path, What: fmt.Sprintf("%q does not answer: a call of its file system hangs", d.Path),
		Cure: "see to its server or disk; known files are read and other directories looked at meanwhile, but for others that hang, too",
	})
	return false
}

// look lists one directory and tells what has changed. full means to stat every
// file but those that may wait for their turn; else a name with the same inode as
// before is passed over, since write events tell of growth. It returns whether the
// listing was complete.
//
// A listing is no picture of one moment. If it shows newcomers, and names changed hands
// meanwhile, there may be an older file that it has missed: then it is made again.
func (t *Tree[F]) look(d *Directory[F], full bool) (complete bool) {
	for range mostListings {
		l := t.beginLook(d, full)
		if l == nil {
			return false
		}
		d.pass++
		d.changed = 0
		clear(d.active)
		d.active = d.active[:0]
		if !t.ask(l, func(c *calls.Call) { t.list(l, c) }, func() {
			t.looked(l)
			t.walkNew(d, 0)
		}) {
			return false
		}
		complete = t.looked(l)
		if !l.torn || !l.newcomers {
			break
		}
		full = false
	}
	return complete
}

// mostListings bounds the listings of one look where names never come to rest.
const mostListings = 4

// list asks the file system.
func (t *Tree[F]) list(l *look[F], c *calls.Call) {
	t.Lock()
	t.watch(l.dir, c) // before listing, so that nothing happens unseen in between
	t.Unlock()
	l.info, l.err = t.FS.List(l.dir.Place, func(e *vfs.Entry) {
		t.Lock()
		t.visit(l, c, e)
		t.Unlock()
		c.Step()
	})
	if asker, ok := t.FS.(vfs.Asker); ok && len(l.sightings) > 0 { // what a large one showed first may be old
		info, err := asker.Ask(l.dir.Place, nil, nil)
		l.torn = l.torn || (err == nil && info.Changed != l.info.Changed)
	}
}

// visit is called for each entry of a listing. For an idle file that is known it does
// one map access and, in a full look when the directory has its turn, one stat.
func (t *Tree[F]) visit(l *look[F], c *calls.Call, e *vfs.Entry) {
	d := l.dir
	x := d.entries[string(e.Name)]
	kind := e.Kind
	if x == nil {
		if kind == vfs.Unknown || (kind == vfs.Symlink && t.Follow) {
			info, err := t.stat(c, e)
			if err != nil {
				l.blind = l.blind || !errors.Is(err, fs.ErrNotExist)
				return
			}
			kind = info.Kind
		}
		if kind == vfs.Directory && !t.inPlaceOfFile(d, e) {
			t.visitDirectory(d, e)
			return
		}
		if x = t.newEntry(d, e, kind); x == nil {
			return
		}
	}
	x.pass = d.pass
	if x.check || x.inode != e.Inode || (l.full && !t.mayWait(x, e)) {
		info, err := t.stat(c, e)
		l.torn = l.torn || errors.Is(err, fs.ErrNotExist) || (err == nil && kind == vfs.Regular && info.Inode != e.Inode)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			x.pass-- // gone since it was listed
		case err != nil:
			l.blind = true
			t.Problems.Report(trouble.Of(d.Path+"/"+x.Name, err))
		case x.note(e.Inode, &info):
			l.sightings = append(l.sightings, Sighting[F]{Entry: x, Info: info, First: !x.known})
		}
	}
	if x.active = false; t.inUse(x) {
		d.use(x)
	}
}

func (t *Tree[F]) stat(c *calls.Call, e *vfs.Entry) (info vfs.Info, err error) {
	c.Outside(func() { info, err = e.Stat(t.Follow) })
	return info, err
}

// inPlaceOfFile tells whether a directory stands where a file is expected: named
// by a glob, and no glob leads into it.
func (t *Tree[F]) inPlaceOfFile(d *Directory[F], e *vfs.Entry) bool {
	if d.subs[string(e.Name)] != nil {
		return false
	}
	p := d.Path + "/" + string(e.Name)
	return t.Globs.Names(p) && !t.Globs.Descend(p)
}

func (t *Tree[F]) visitDirectory(d *Directory[F], e *vfs.Entry) {
	if d.subs[string(e.Name)] != nil {
		d.subs[string(e.Name)].listed = d.pass
		return
	}
	place := d.Place.In(string(e.Name))
	p := place.Path()
	if !t.Globs.Descend(p) {
		return
	}
	sub := t.dirs[p]
	if sub == nil {
		sub = NewDirectory[F](place)
		sub.Device = d.Device // most likely
		t.dirs[p] = sub
	}
	sub.listed = d.pass
	d.subs[string(e.Name)] = sub
}

// newEntry makes an entry of a name if it is to be read or was read before under
// another name.
func (t *Tree[F]) newEntry(d *Directory[F], e *vfs.Entry, kind vfs.Kind) *Entry[F] {
	// Most names may be nothing to us: ask without making a string of them.
	_, ok := t.Globs.Classify(d.Path, unsafe.String(&e.Name[0], len(e.Name)), t.Rotated)
	if !ok && (kind != vfs.Regular || !t.Knows(d.Device, e.Inode)) {
		return nil
	}
	x := &Entry[F]{Dir: d, Name: string(e.Name), check: true}
	d.entries[x.Name] = x
	return x
}

// looked takes in what a look has found.
func (t *Tree[F]) looked(l *look[F]) (complete bool) {
	d, info, err := l.dir, &l.info, l.err
	d.active = shrunk(d.active)
	if d.Seen = err == nil; d.Seen {
		d.Listed = l.tick
	}
	if err == nil && d.Inode != 0 && (d.Inode != info.Inode || d.Device != info.Device) {
		t.unwatch(d) // it was replaced
		t.Hint(d.Path)
	}
	if err == nil {
		d.Inode, d.Device, d.changed = info.Inode, info.Device, info.Changed
		if l.begun.UnixNano()-info.Changed < int64(coarse) {
			d.changed = 0
		}
		t.Problems.Solved(d.Path)
	} else if !errors.Is(err, fs.ErrNotExist) || t.isRoot(d) {
		t.Problems.Report(trouble.Of(d.Path, err))
	}
	for i := range l.sightings {
		t.tell(l, &l.sightings[i])
	}
	t.keep(l)
	complete = err == nil || errors.Is(err, fs.ErrNotExist)
	t.sawWhole(d, complete && !l.blind)
	if complete {
		t.sweep(d)
		for name, sub := range d.subs {
			if sub.listed != d.pass && err == nil {
				delete(d.subs, name)
			}
		}
	}
	return complete
}

// tell hands a sighting to the owner.
func (t *Tree[F]) tell(l *look[F], s *Sighting[F]) {
	s.Entry.known = true
	newcomer := t.Saw(s, l.tick)
	l.newcomers = l.newcomers || newcomer
}

// keep keeps the list of sightings for the next look.
func (t *Tree[F]) keep(l *look[F]) {
	if cap(l.sightings) <= 1024 { // more is as after a first look; few is usual
		t.sightings = l.sightings
	}
}
