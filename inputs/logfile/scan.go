package logfile

import (
	"errors"
	"io/fs"
	"slices"
	"strings"
	"time"
	"unsafe"

	"shipper/inputs/logfile/packed"
	"shipper/inputs/logfile/trouble"
	"shipper/inputs/logfile/vfs"
)

// sighting is an entry that has changed.
type sighting struct {
	entry *entry
	info  vfs.Info
}

// maxDepth bounds the walk below a root, in case symbolic links go in circles.
const maxDepth = 64

// tidyEvery is how often it is looked what is not needed any more, which takes a
// walk over all files.
const tidyEvery = time.Minute

// scan looks at everything: all directories and, by stat, all files in use.
func (in *Input) scan() {
	in.mu.Lock()
	in.counters.Scans++
	round := uint32(in.counters.Scans)
	clear(in.dirty)
	in.retryFailed()
	in.mu.Unlock()
	in.glanced = false
	clear(in.visited)
	for _, root := range in.globs.Roots() {
		d := in.dirs[root]
		if d == nil {
			d = newDirectory(vfs.Place{Root: root, Follow: in.cfg.FollowSymlinks})
			in.dirs[root] = d
		}
		in.walk(d, round, 0)
	}
	for p, d := range in.dirs {
		if d.round != round {
			in.removeDirectory(p, d)
		}
	}
	in.takeOrphans()
	in.insertFresh(!in.begun)
	in.begun, in.missed = true, false
	in.settleEndings()
	in.settleNameless(!in.glanced)
	in.forget()
	if now := in.now(); now.Sub(in.tidied) >= tidyEvery {
		in.tidied = now
		in.closeIdle()
		in.retire(now)
	}
	in.flush()
}

// walk looks at a directory and those below it.
func (in *Input) walk(d *directory, round uint32, depth int) {
	if d.round == round {
		return // it has been visited by way of a nearer root
	}
	d.round = round
	if (!in.glance(d) && !in.look(d, true)) || depth >= maxDepth {
		if depth < maxDepth {
			keepBelow(d, round) // it could not be listed: nothing is known to be gone
		}
		return
	}
	if in.cfg.FollowSymlinks {
		// The same directory by two ways is looked at once.
		k := key{d.device, d.inode}
		if in.visited == nil {
			in.visited = map[key]bool{}
		}
		if in.visited[k] {
			return
		}
		in.visited[k] = true
	}
	for _, sub := range d.subs {
		in.walk(sub, round, depth+1)
	}
}

func keepBelow(d *directory, round uint32) {
	for _, sub := range d.subs {
		sub.round = round
		keepBelow(sub, round)
	}
}

// look lists one directory and takes in what has changed. full means to stat
// every file; else a name with the same inode as before is passed over, since
// write events tell of growth. It returns whether the listing was complete.
func (in *Input) look(d *directory, full bool) bool {
	in.watch(d) // before listing, so that nothing happens unseen in between
	d.pass++
	d.changed = 0
	in.sightings = in.sightings[:0]
	clear(d.active)
	d.active = d.active[:0]
	in.mu.Lock()
	since := in.tick
	in.mu.Unlock()
	begun := time.Now()
	in.idleBefore = in.now().Add(-idleAfter).UnixNano()
	info, err := in.fs.List(d.place, func(e *vfs.Entry) { in.visit(d, e, full) })
	d.active = shrunk(d.active)
	in.mu.Lock()
	d.seen = err == nil
	in.mu.Unlock()
	if err == nil && d.inode != 0 && (d.inode != info.Inode || d.device != info.Device) {
		in.unwatch(d) // it was replaced
		in.watch(d)
	}
	if err == nil {
		d.inode, d.device, d.changed = info.Inode, info.Device, info.Changed
		if begun.UnixNano()-info.Changed < int64(coarse) {
			d.changed = 0
		}
		in.solved(d.path)
	} else if !errors.Is(err, fs.ErrNotExist) || in.isRoot(d) {
		in.report(trouble.Of(d.path, err))
	}
	for i := range in.sightings {
		in.take(&in.sightings[i], since)
	}
	if cap(in.sightings) > 1024 { // as after a first look; few is usual
		in.sightings = nil
	}
	complete := err == nil || errors.Is(err, fs.ErrNotExist)
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

func (in *Input) isRoot(d *directory) bool { return slices.Contains(in.globs.Roots(), d.path) }

// visit is called for each entry of a listing. For an idle file that is known
// it does one map access and, in a full scan, one stat.
func (in *Input) visit(d *directory, e *vfs.Entry, full bool) {
	follow := in.cfg.FollowSymlinks
	x := d.entries[string(e.Name)]
	kind := e.Kind
	if x == nil {
		if kind == vfs.Unknown || (kind == vfs.Symlink && follow) {
			info, err := e.Stat(follow)
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
	if x.check || x.inode != e.Inode || (full && !in.mayWait(x, e)) {
		in.ask(d, x, e)
	}
	if x.active = false; in.inUse(x) {
		d.use(x)
	}
}

// ask asks for a name that is listed.
func (in *Input) ask(d *directory, x *entry, e *vfs.Entry) {
	info, err := e.Stat(in.cfg.FollowSymlinks)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			x.pass-- // gone since it was listed
		} else {
			in.report(trouble.Of(d.path+"/"+x.name, err))
		}
		return
	}
	if x.note(e.Inode, &info) {
		in.sightings = append(in.sightings, sighting{x, info})
	}
}

// inPlaceOfFile tells whether a directory stands where a file is expected: named
// by a glob, and no glob leads into it.
func (in *Input) inPlaceOfFile(d *directory, e *vfs.Entry) bool {
	if d.subs[string(e.Name)] != nil {
		return false
	}
	p := d.path + "/" + string(e.Name)
	return in.globs.Names(p) && !in.globs.Descend(p)
}

func (in *Input) visitDirectory(d *directory, e *vfs.Entry) {
	if d.subs[string(e.Name)] != nil {
		d.subs[string(e.Name)].listed = d.pass
		return
	}
	place := d.place.In(string(e.Name))
	p := place.Path()
	if !in.globs.Descend(p) {
		return
	}
	sub := in.dirs[p]
	if sub == nil {
		sub = newDirectory(place)
		in.dirs[p] = sub
	}
	sub.listed = d.pass
	d.subs[string(e.Name)] = sub
}

// newEntry makes an entry of a name if it is to be read or was read before under
// another name.
func (in *Input) newEntry(d *directory, e *vfs.Entry, kind vfs.Kind) *entry {
	// Most names may be nothing to us: ask without making a string of them.
	n, ok := in.globs.Classify(d.path, unsafe.String(&e.Name[0], len(e.Name)), in.cfg.Rotated)
	if !ok {
		if !in.known(d.device, e.Inode) || kind != vfs.Regular {
			return nil
		}
	}
	name := strings.Clone(unsafe.String(&e.Name[0], len(e.Name)))
	if ok && compressedKind(&n, name) == packed.Unread {
		in.noticeCompressed(d.path + "/" + name)
	}
	x := &entry{dir: d, name: name, check: true}
	d.entries[name] = x
	return x
}

// known tells whether an inode may be a file of ours under a name of others.
func (in *Input) known(device, inode uint64) bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.files[key{device, inode}] != nil {
		return true
	}
	return slices.ContainsFunc(in.absent.byInode[inode], func(a *absence) bool { return a.ours })
}

func (in *Input) noticeCompressed(p string) {
	in.mu.Lock()
	in.counters.CompressedIgnored++
	in.mu.Unlock()
	if !in.compressed {
		in.compressed = true
		in.log.Warn("compressed rotated files are not read; said once",
			"path", p, "cure", "let rotation compress a day later (logrotate: delaycompress)")
	}
}

// take makes of a changed entry what it is now. since is the tick before it was
// looked at.
func (in *Input) take(s *sighting, since uint64) {
	x, info := s.entry, &s.info
	d := x.dir
	n, matched := in.globs.Classify(d.path, x.name, in.cfg.Rotated)
	k := key{info.Device, info.Inode}
	now := in.now()
	in.mu.Lock()
	f := in.files[k]
	if f != nil && f.birth != info.Birth {
		f = nil // the inode was freed and is another file now
	}
	if old := x.file; old != nil && old != f {
		in.unname(old, x)
	}
	if f != nil {
		in.name(f, x, n)
		if f.touched > since {
			x.check = true // somebody knows better: look again
			in.stirred(f, now)
		} else {
			in.restat(f, info, since)
		}
		in.mu.Unlock()
		return
	}
	known := len(in.absent.byInode[info.Inode]) > 0
	in.mu.Unlock()
	full := d.path + "/" + x.name
	if info.Kind != vfs.Regular {
		if matched {
			cure := "only regular files are shipped; correct `paths` or add it to exclude_paths"
			if info.Kind == vfs.Symlink {
				cure = "name the target in `paths`, or set follow_symlinks = true"
			}
			in.report(Problem{Path: full, What: "\"" + full + "\" is a " + info.Kind.String(), Cure: cure})
		}
		return
	}
	format := compressedKind(&n, x.name)
	readable := matched && format != packed.Unread
	if !readable && !known {
		return
	}
	a, truncations := in.recognise(d.place.In(x.name), info, format)
	if a == nil && !readable {
		return
	}
	if a != nil && !a.ours && !matched {
		return
	}
	f = &file{
		key: k, birth: info.Birth, size: info.Size, proven: info.Size, modified: info.Modified, changed: min(now.UnixNano(), info.Modified),
		truncations: truncations, seq: 1, routes: make([]route, in.env.Routes), followers: in.followers(),
		format: format, aside: true,
	}
	in.mu.Lock()
	in.tick++
	f.found, f.sized = in.tick, in.tick
	if format != packed.None {
		f.more().stored = info.Size
	}
	if other := in.files[k]; other != nil {
		in.vanish(other, "its inode belongs to another file now")
	}
	in.files[k] = f
	in.name(f, x, n)
	stale := false
	if a != nil {
		stale = in.resume(f, a)
	} else if f.size > 0 {
		for r := range f.routes {
			f.routes[r].since, f.routes[r].mark = now.UnixNano(), f.size
		}
	}
	in.mu.Unlock()
	in.fresh = append(in.fresh, f)
	if stale {
		in.log.Info("a known file is shorter than its offset; it will be read from its start", "path", full)
	}
}
