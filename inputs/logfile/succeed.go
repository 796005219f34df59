package logfile

import (
	"path"

	"shipper/inputs/logfile/packed"
)

// Succeed takes over what only another input's open descriptors lead to: files that
// were deleted, or renamed out of sight, before they were read to their end, as far
// as their last names are the new input's. What is elsewhere it finds by itself. It is
// called before Run, when the old input has stopped and none of its cursors is in use;
// then the old one is closed.
func (in *Input) Succeed(old *Input) {
	old.mu.Lock()
	defer old.mu.Unlock()
	for k, f := range old.files {
		_, ours := in.globs.Classify(path.Dir(f.path()), path.Base(f.path()), in.cfg.Rotated)
		if !ours || f.isElsewhere() || f.handle == nil || f.aside || f.finished() || f.format != packed.None {
			continue
		}
		in.orphans = append(in.orphans, f)
		delete(old.files, k)
		delete(old.nameless, f)
	}
}

// takeOrphans gives a place to what Succeed took over, unless the first scan has
// found it under a name.
func (in *Input) takeOrphans() {
	for _, o := range in.orphans {
		in.mu.Lock()
		if g := in.files[o.key]; g != nil && g.birth == o.birth {
			in.env.Descriptors.Drop(o.handle)
			in.mu.Unlock()
			continue
		}
		n, _ := in.globs.Classify(path.Dir(o.path()), path.Base(o.path()), in.cfg.Rotated)
		f := in.newFile()
		f.key, f.birth, f.place, f.name, f.handle = o.key, o.birth, o.place, n, o.handle
		f.size, f.proven, f.modified, f.changed = o.size, o.size, o.modified, o.changed
		f.truncations, f.unlinked, f.aside = o.truncations, o.unlinked, true
		in.enter(f)
		in.nameless[f] = struct{}{}
		if a := in.absent.ByID(o.id); o.id != 0 && a != nil {
			in.resume(f, a)
		} else {
			f.expect(o.changed)
		}
		in.reclass(f)
		in.mu.Unlock()
		in.fresh = append(in.fresh, f)
	}
	in.orphans = nil
}
