package discovery

import (
	"errors"
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
func (t *Tree[F]) mayWait(x *Entry[F], e *vfs.Entry) bool {
	return x.Dir.watched && !t.missed && e.Kind == vfs.Regular && !t.inUse(x) && !x.Dir.hasTurn()
}

// inUse tells whether a name is asked for by every scan.
func (t *Tree[F]) inUse(x *Entry[F]) bool { return x.check || x.written || x.modified >= t.idleBefore }

// glance does for a directory what a scan's look would, without listing it: only
// names in use are asked for. It returns false if that is not enough: where changes
// are not announced, some were lost, the directory has changed or has its turn, or
// what is sought may be under any name.
func (t *Tree[F]) glance(d *Directory[F]) bool {
	asker, ok := t.FS.(vfs.Asker)
	if !ok || !d.watched || d.changed == 0 || t.missed || t.Follow || d.hasTurn() || t.Seeks() {
		return false
	}
	l := t.beginLook(d, true)
	if l == nil {
		return false
	}
	kept, names := d.active[:0], t.asked[:0]
	t.asked = nil
	for _, x := range d.active {
		if x.active = d.entries[x.Name] == x && t.inUse(x); x.active {
			kept = append(kept, x)
			names = append(names, x.Name)
			l.sightings = append(l.sightings, Sighting[F]{Entry: x})
		}
	}
	clear(d.active[len(kept):])
	d.active = shrunk(kept)
	if !t.ask(l, func(c *calls.Call) { l.glance(asker, names, c) }, func() {}) {
		return false
	}
	t.asked = shrunk(names)
	defer t.keep(l)
	if l.err != nil || l.info.Inode != d.Inode || l.info.Device != d.Device || l.info.Changed != d.changed {
		return false
	}
	for i := range l.sightings {
		s := &l.sightings[i]
		if f := s.Entry.File; f != nil && !t.Is(f, &s.Info) {
			return false // another file has the name by now, and others may be there
		}
	}
	for i := range l.sightings {
		s := &l.sightings[i]
		if s.Entry.note(s.Entry.inode, &s.Info) {
			t.tell(l, s)
		}
	}
	d.Seen = true
	t.glanced = true
	return true
}

// glance asks the file system for names, of the sightings in their order.
func (l *look[F]) glance(asker vfs.Asker, names []string, c *calls.Call) {
	i, failed := 0, error(nil)
	l.info, l.err = asker.Ask(l.dir.Place, names, func(e *vfs.Entry) {
		info, err := e.Stat(false)
		l.sightings[i].Info = info
		i, failed = i+1, errors.Join(failed, err)
		c.Step()
	})
	l.err = errors.Join(l.err, failed)
}
