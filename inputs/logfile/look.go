package logfile

import (
	"errors"
	"fmt"
	"io/fs"
	"time"

	"shipper/inputs/logfile/calls"
	"shipper/inputs/logfile/trouble"
	"shipper/inputs/logfile/vfs"
)

// look is one look at a directory. A goroutine of its own asks the file system, and is
// left alone with it when it hangs; no other look at the directory is begun meanwhile.
type look struct {
	dir       *directory
	full      bool
	since     uint64 // tick before it was begun
	begun     time.Time
	sightings []sighting
	torn      bool // names changed hands while it listed
	info      vfs.Info
	err       error
}

// beginLook returns nil if the directory can't be looked at now: a look at it hangs, or
// those at others of its file system do.
func (in *Input) beginLook(d *directory, full bool) *look {
	in.mu.Lock()
	defer in.mu.Unlock()
	if d.busy || in.calls.Full(d.device) {
		d.seen = false
		return nil
	}
	in.idleBefore = in.now().Add(-idleAfter).UnixNano()
	l := &look{dir: d, full: full, since: in.tick, begun: time.Now(), sightings: in.sightings[:0]}
	in.sightings = nil
	return l
}

// ask has work ask the file system, and returns false if that hangs. When it is over,
// Run calls late.
func (in *Input) ask(l *look, work func(*calls.Call), late func()) bool {
	d := l.dir
	d.busy = true
	call := in.calls.Go(d.device, work, func() {
		d.busy, d.notBefore = false, time.Time{}
		if in.dirs[d.path] != d {
			return
		}
		in.problems.Solved(d.path)
		in.log.Info("a directory that did not answer is looked at again", "path", d.path)
		late()
		in.hint(d.path) // what was found is old
	})
	if call.Wait() {
		d.busy = false
		return true
	}
	in.mu.Lock()
	d.seen = false
	in.mu.Unlock()
	in.problems.Report(Problem{
		Path: d.path, What: fmt.Sprintf("%q does not answer: a call of its file system hangs", d.path),
		Cure: "see to its server or disk; known files are read and other directories looked at meanwhile, but for others that hang, too",
	})
	return false
}

// look lists one directory and takes in what has changed. full means to stat every
// file but those that may wait for their turn; else a name with the same inode as
// before is passed over, since write events tell of growth. It returns whether the
// listing was complete.
//
// A listing is no picture of one moment. If it shows newcomers, and names changed hands
// meanwhile, there may be an older file that it has missed: then it is made again.
func (in *Input) look(d *directory, full bool) (complete bool) {
	for range mostListings {
		known := len(in.fresh)
		l := in.beginLook(d, full)
		if l == nil {
			return false
		}
		d.pass++
		d.changed = 0
		clear(d.active)
		d.active = d.active[:0]
		if !in.ask(l, func(c *calls.Call) { in.list(l, c) }, func() {
			in.looked(l)
			in.walkNew(d, 0)
			in.insertFresh(false)
			in.flush()
		}) {
			return false
		}
		complete = in.looked(l)
		if !l.torn || len(in.fresh) == known {
			break
		}
		full = false
	}
	return complete
}

// mostListings bounds the listings of one look where names never come to rest.
const mostListings = 4

// list asks the file system.
func (in *Input) list(l *look, c *calls.Call) {
	in.tree.Lock()
	in.watch(l.dir, c) // before listing, so that nothing happens unseen in between
	in.tree.Unlock()
	l.info, l.err = in.fs.List(l.dir.place, func(e *vfs.Entry) {
		in.tree.Lock()
		in.visit(l, c, e)
		in.tree.Unlock()
		c.Step()
	})
	if asker, ok := in.fs.(vfs.Asker); ok && len(l.sightings) > 0 { // what a large one showed first may be old
		info, err := asker.Ask(l.dir.place, nil, nil)
		l.torn = l.torn || (err == nil && info.Changed != l.info.Changed)
	}
}

// visit is called for each entry of a listing. For an idle file that is known it does
// one map access and, in a full look when the directory has its turn, one stat.
func (in *Input) visit(l *look, c *calls.Call, e *vfs.Entry) {
	d, follow := l.dir, in.cfg.FollowSymlinks
	x := d.entries[string(e.Name)]
	kind := e.Kind
	if x == nil {
		if kind == vfs.Unknown || (kind == vfs.Symlink && follow) {
			info, err := in.stat(c, e)
			if err != nil {
				return
			}
			kind = info.Kind
		}
		if kind == vfs.Directory && !in.inPlaceOfFile(d, e) {
			in.visitDirectory(d, e)
			return
		}
		if x = in.newEntry(d, e, kind); x == nil {
			return
		}
	}
	x.pass = d.pass
	if x.check || x.inode != e.Inode || (l.full && !in.mayWait(x, e)) {
		info, err := in.stat(c, e)
		l.torn = l.torn || errors.Is(err, fs.ErrNotExist) || (err == nil && kind == vfs.Regular && info.Inode != e.Inode)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			x.pass-- // gone since it was listed
		case err != nil:
			in.problems.Report(trouble.Of(d.path+"/"+x.name, err))
		case x.note(e.Inode, &info):
			l.sightings = append(l.sightings, sighting{x, info})
		}
	}
	if x.active = false; in.inUse(x) {
		d.use(x)
	}
}

func (in *Input) stat(c *calls.Call, e *vfs.Entry) (info vfs.Info, err error) {
	c.Outside(func() { info, err = e.Stat(in.cfg.FollowSymlinks) })
	return info, err
}

// looked takes in what a look has found.
func (in *Input) looked(l *look) (complete bool) {
	d, info, err := l.dir, &l.info, l.err
	d.active = shrunk(d.active)
	in.mu.Lock()
	if d.seen = err == nil; d.seen {
		d.listedSince = l.since
	}
	in.mu.Unlock()
	if err == nil && d.inode != 0 && (d.inode != info.Inode || d.device != info.Device) {
		in.unwatch(d) // it was replaced
		in.hint(d.path)
	}
	if err == nil {
		d.inode, d.device, d.changed = info.Inode, info.Device, info.Changed
		if l.begun.UnixNano()-info.Changed < int64(coarse) {
			d.changed = 0
		}
		in.problems.Solved(d.path)
	} else if !errors.Is(err, fs.ErrNotExist) || in.isRoot(d) {
		in.problems.Report(trouble.Of(d.path, err))
	}
	for i := range l.sightings {
		in.take(&l.sightings[i], l.since)
	}
	in.keep(l)
	complete = err == nil || errors.Is(err, fs.ErrNotExist)
	if complete {
		in.sweep(d)
		for name, sub := range d.subs {
			if sub.listed != d.pass && err == nil {
				delete(d.subs, name)
			}
		}
	}
	return complete
}

// keep keeps the list of sightings for the next look.
func (in *Input) keep(l *look) {
	if cap(l.sightings) <= 1024 { // more is as after a first look; few is usual
		in.sightings = l.sightings
	}
}
