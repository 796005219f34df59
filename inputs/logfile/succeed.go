package logfile

import (
	"path"

	"shipper/inputs/logfile/packed"
)

// Succeed takes over what only another input's open descriptors lead to: files that
// were deleted, or renamed out of sight, before they were read to their end, as far
// as their last names are the new input's. It is called before Run, when the old
// input has stopped and none of its cursors is in use; then the old one is closed.
func (in *Input) Succeed(old *Input) {
	old.mu.Lock()
	defer old.mu.Unlock()
	for k, f := range old.files {
		_, ours := in.globs.Classify(path.Dir(f.path()), path.Base(f.path()), in.cfg.Rotated)
		if !ours || f.handle == nil || f.aside || f.finished() || f.format != packed.None {
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
		f := &file{
			key: o.key, birth: o.birth, place: o.place, name: n, handle: o.handle,
			size: o.size, proven: o.size, modified: o.modified, changed: o.changed,
			truncations: o.truncations, seq: 1, routes: make([]route, in.env.Routes),
			aside: true, unlinked: o.unlinked,
		}
		in.tick++
		f.found, f.sized = in.tick, in.tick
		in.files[f.key] = f
		in.nameless[f] = struct{}{}
		if a := in.absent.ByID(o.id); o.id != 0 && a != nil {
			in.resume(f, a)
		} else {
			for r := range f.routes {
				f.routes[r].since, f.routes[r].mark = o.changed, f.size
			}
		}
		in.reclass(f)
		in.mu.Unlock()
		in.fresh = append(in.fresh, f)
	}
	in.orphans = nil
}
