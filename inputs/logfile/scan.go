package logfile

import (
	"slices"
	"time"

	"shipper/inputs/logfile/discovery"
	"shipper/inputs/logfile/packed"
	"shipper/inputs/logfile/vfs"
)

// tidyEvery is how often it is looked what is not needed any more, which takes a
// walk over all files.
const tidyEvery = time.Minute

// scan looks at everything: all directories and, by stat, all files in use.
func (in *Input) scan() {
	in.tree.Lock()
	defer in.tree.Unlock()
	in.mu.Lock()
	in.retryFailed()
	in.mu.Unlock()
	whole := in.tree.Scan()
	in.takeOrphans()
	in.insertFresh(!in.begun)
	in.begun = true
	in.settleEndings()
	in.settleNameless(whole)
	in.forget()
	if now := in.now(); now.Sub(in.tidied) >= tidyEvery {
		in.tidied = now
		in.closeIdle()
		in.retire(now)
	}
	in.flush()
	in.mu.Lock()
	in.counters.Scans++
	in.mu.Unlock()
}

// known tells whether an inode may be a file of ours under a name of others.
func (in *Input) known(device, inode uint64) bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.files[key{device, inode}] != nil || slices.ContainsFunc(in.absent.OfInode(inode), func(a *absence) bool { return a.Ours })
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

// seeks tells whether files are sought, or newcomers waited for, that may turn up
// under a name that nothing is known of.
func (in *Input) seeks() bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	return !in.begun || len(in.nameless)+len(in.claims)+len(in.unexamined)+len(in.fresh)+len(in.orphans) > 0
}

// lastTick is what a look, begun now, is later than.
func (in *Input) lastTick() uint64 {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.tick
}

// disappeared takes a name that is gone from its file.
func (in *Input) disappeared(x *entry) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.unname(x.File, x)
}

// take makes of a changed entry what it is now. since is the tick before it was
// looked at. It tells whether the file is a newcomer.
func (in *Input) take(s *discovery.Sighting[file], since uint64) bool {
	x, info := s.Entry, &s.Info
	d := x.Dir
	n, matched := in.globs.Classify(d.Path, x.Name, in.cfg.Rotated)
	format := compressedKind(&n, x.Name)
	if s.First && matched && format == packed.Unread {
		in.noticeCompressed(d.Path + "/" + x.Name)
	}
	k := key{info.Device, info.Inode}
	now := in.now()
	in.mu.Lock()
	f := in.files[k]
	if f != nil && f.birth != info.Birth {
		f = nil // the inode was freed and is another file now
	}
	if old := x.File; old != nil && old != f {
		in.unname(old, x)
	}
	if f != nil {
		in.name(f, x, n)
		if f.touched > since {
			x.Recheck() // somebody knows better: look again
			in.stirred(f, now)
		} else {
			in.restat(f, info, since)
		}
		in.mu.Unlock()
		return false
	}
	known := len(in.absent.OfInode(info.Inode)) > 0
	in.mu.Unlock()
	full := d.Path + "/" + x.Name
	if info.Kind != vfs.Regular {
		if matched {
			cure := "only regular files are shipped; correct `paths` or add it to exclude_paths"
			if info.Kind == vfs.Symlink {
				cure = "name the target in `paths`, or set follow_symlinks = true"
			}
			in.problems.Report(Problem{Path: full, What: "\"" + full + "\" is a " + info.Kind.String(), Cure: cure})
		}
		return false
	}
	readable := matched && format != packed.Unread
	if !readable && !known {
		return false
	}
	a, truncations := in.recognise(d.Place.In(x.Name), info, format)
	if a == nil && !readable {
		return false
	}
	if a != nil && !a.Ours && !matched {
		return false
	}
	f = in.newFile()
	f.key, f.birth, f.size, f.proven, f.modified = k, info.Birth, info.Size, info.Size, info.Modified
	f.changed, f.truncations, f.format, f.aside = min(now.UnixNano(), info.Modified), truncations, format, true
	in.fresh = append(in.fresh, f)
	in.mu.Lock()
	if format != packed.None {
		f.more().stored = info.Size
	}
	if other := in.files[k]; other != nil {
		in.vanish(other, "its inode belongs to another file now")
	}
	in.enter(f)
	in.name(f, x, n)
	stale := false
	if a != nil {
		stale = in.resume(f, a)
	} else if f.size > 0 {
		f.expect(now.UnixNano())
	}
	in.mu.Unlock()
	if stale {
		in.log.Info("a known file is shorter than its offset; it will be read from its start", "path", full)
	}
	return true
}
