package discovery

import (
	"errors"
	"io/fs"
	"path"

	"shipper/inputs/logfile/calls"
	"shipper/inputs/logfile/notices"
	"shipper/inputs/logfile/vfs"
)

// Start has changes of directories announced from now on, by a new watcher, which is
// the caller's to drain.
func (t *Tree[F]) Start(watch func() (notices.Watcher, error)) notices.Watcher {
	w, err := watch()
	if err != nil {
		t.noWatch("", err)
		w = notices.None{}
	}
	t.watcher = w
	return w
}

// Stop ends what Start began.
func (t *Tree[F]) Stop() {
	t.watcher.Close()
	t.watcher = nil
}

// noWatch says once that a directory is polled instead.
func (t *Tree[F]) noWatch(dir string, err error) {
	if !t.unwatched {
		t.Log.Warn("changes of some directories are not announced; they are polled every second instead; said once",
			"path", dir, "error", err, "cure", "raise fs.inotify.max_user_watches and max_user_instances; nothing helps on network file systems")
	}
	t.unwatched = true
}

var errRemote = errors.New("a network file system announces only changes made on this machine")

// watch has changes of a directory announced, if that can be. It is part of a look.
func (t *Tree[F]) watch(d *Directory[F], c *calls.Call) {
	if d.watched || t.watcher == nil || d.polled {
		return
	}
	watcher := t.watcher
	// Before it is: an event that comes in between says that it is no more.
	d.watched = true
	local, err := true, error(nil)
	c.Outside(func() {
		w, ok := t.FS.(vfs.Watchable)
		if local = !ok || w.Watchable(d.Place); local {
			err = watcher.Add(d.Path)
		}
	})
	if local && err == nil {
		return
	}
	d.watched = false
	switch {
	case !local:
		d.polled = true
		t.noWatch(d.Path, errRemote)
	case errors.Is(err, errors.ErrUnsupported):
		d.polled = true // nothing is watched, which was said
	case !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrPermission): // else listing it will tell what is wrong
		t.noWatch(d.Path, err)
	}
}

func (t *Tree[F]) unwatch(d *Directory[F]) {
	if d.watched && t.watcher != nil {
		t.watcher.Remove(d.Path)
	}
	d.watched = false
}

// Event takes one event in. A write to a name is the owner's, where it can tell whose
// bytes these are; everything else asks for a look at the directory.
func (t *Tree[F]) Event(e notices.Event) {
	d := t.dirs[e.Dir]
	var x *Entry[F]
	if d != nil {
		x = d.entries[e.Name]
	}
	switch e.Op {
	case notices.Written:
		if x != nil && x.File != nil && t.Wrote(x) {
			x.written = true
			d.use(x)
			return
		}
		if x == nil && d != nil {
			if _, ok := t.Globs.Classify(e.Dir, e.Name, t.Rotated); !ok {
				return
			}
		}
	case notices.Touched:
		if x == nil || x.File != nil {
			return
		}
	case notices.Come:
	case notices.Gone:
		if self := t.dirs[path.Join(e.Dir, e.Name)]; self != nil {
			self.watched = false // the watch goes with it
			t.due.add(self.Path)
		}
	}
	if x != nil {
		x.check = true
	}
	if d != nil {
		t.due.add(e.Dir)
	}
}

// Missed says that events were lost: the next scan is to look at everything.
func (t *Tree[F]) Missed() { t.missed = true }
