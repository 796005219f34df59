package logfile

import (
	"errors"
	"slices"
	"time"

	"shipper/inputs/logfile/calls"
	"shipper/inputs/logfile/vfs"
)

const (
	// idleAfter is how long a file must not have been written for to be idle.
	idleAfter = 5 * time.Minute
	// turns is of how many scans in a row one lists a directory of which changes
	// are announced, and asks for its idle files.
	turns = 8
	// coarse is more than the grain of any file system's time stamps: what was
	// changed for longer when it was listed has changed since only if its time has.
	coarse = 2 * time.Second
)

// mayWait tells whether a full look may pass over a name that is still the same
// file: one of which changes are announced, and none was lost, and that is idle,
// until its directory has its turn. What nobody announces, a write through a mapping
// or a hard link elsewhere, is seen some minutes later.
func (in *Input) mayWait(x *entry, e *vfs.Entry) bool {
	return x.dir.watched && !in.missed && e.Kind == vfs.Regular && !in.inUse(x) && !x.dir.hasTurn()
}

// glance does for a directory what a scan's look would, without listing it: only
// names in use are asked for. It returns false if that is not enough: where changes
// are not announced, some were lost, the directory has changed or has its turn, or
// what is sought may be under any name.
func (in *Input) glance(d *directory) bool {
	asker, ok := in.fs.(vfs.Asker)
	if !ok || !d.watched || d.changed == 0 || in.missed || in.cfg.FollowSymlinks || d.hasTurn() || in.seeks() {
		return false
	}
	l := in.beginLook(d, true)
	if l == nil {
		return false
	}
	kept, names := d.active[:0], in.asked[:0]
	in.asked = nil
	for _, x := range d.active {
		if x.active = d.entries[x.name] == x && in.inUse(x); x.active {
			kept = append(kept, x)
			names = append(names, x.name)
			l.sightings = append(l.sightings, sighting{entry: x})
		}
	}
	clear(d.active[len(kept):])
	d.active = shrunk(kept)
	if !in.ask(l, func(c *calls.Call) { l.glance(asker, names, c) }, func() {}) {
		return false
	}
	in.asked = shrunk(names)
	defer in.keep(l)
	if l.err != nil || l.info.Inode != d.inode || l.info.Device != d.device || l.info.Changed != d.changed {
		return false
	}
	for i := range l.sightings {
		s := &l.sightings[i]
		if f := s.entry.file; f != nil && f.key != (key{s.info.Device, s.info.Inode}) {
			return false // another file has the name by now, and others may be there
		}
	}
	for i := range l.sightings {
		s := &l.sightings[i]
		if s.entry.note(s.entry.inode, &s.info) {
			in.take(s, l.since)
		}
	}
	in.mu.Lock()
	d.seen = true
	in.mu.Unlock()
	in.glanced = true
	return true
}

// shrunk is the list without room for many more than it holds, as after a first look.
func shrunk[T any](list []T) []T {
	if cap(list) > 2*len(list)+64 {
		return slices.Clone(list)
	}
	return list
}

// glance asks the file system for names, of the sightings in their order.
func (l *look) glance(asker vfs.Asker, names []string, c *calls.Call) {
	i, failed := 0, error(nil)
	l.info, l.err = asker.Ask(l.dir.place, names, func(e *vfs.Entry) {
		info, err := e.Stat(false)
		l.sightings[i].info = info
		i, failed = i+1, errors.Join(failed, err)
		c.Step()
	})
	l.err = errors.Join(l.err, failed)
}

// seeks tells whether files are sought, or newcomers waited for, that may turn up
// under a name that nothing is known of.
func (in *Input) seeks() bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	return !in.begun || len(in.nameless)+len(in.claims)+len(in.unexamined)+len(in.fresh)+len(in.orphans) > 0
}

// inUse tells whether a name is asked for by every scan.
func (in *Input) inUse(x *entry) bool { return x.check || x.written || x.modified >= in.idleBefore }
