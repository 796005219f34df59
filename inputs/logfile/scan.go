package logfile

import (
	"slices"
	"strings"
	"time"
	"unsafe"

	"shipper/inputs/logfile/packed"
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
	in.tree.Lock()
	defer in.tree.Unlock()
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
	in.settleNameless(!in.glanced && in.calls.Hung() == 0)
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
	looked := in.glance(d) || in.look(d, true)
	switch {
	case depth >= maxDepth:
		return
	case !looked && !d.busy:
		keepBelow(d, round) // it could not be listed: nothing is known to be gone
		return
	}
	if looked && in.cfg.FollowSymlinks {
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

func (in *Input) isRoot(d *directory) bool { return slices.Contains(in.globs.Roots(), d.path) }

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
		sub.device = d.device // most likely
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
			in.problems.Report(Problem{Path: full, What: "\"" + full + "\" is a " + info.Kind.String(), Cure: cure})
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
