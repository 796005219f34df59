package discovery

import (
	"errors"
	"io/fs"
	"path"

	"github.com/fsnotify/fsnotify"

	"shipper/inputs/logfile/calls"
	"shipper/inputs/logfile/notices"
	"shipper/inputs/logfile/vfs"
)

// Start has changes of directories announced from now on, by a new watcher, whose
// channels are the caller's.
func (t *Tree[F]) Start(watch func() (notices.Watcher, error)) *notices.Watcher {
	w, err := watch()
	if err != nil {
		t.noWatch("", err)
	}
	t.watcher = &w
	return t.watcher
}

// Stop ends what Start began.
func (t *Tree[F]) Stop() {
	if t.watcher.Directories != nil {
		_ = t.watcher.Directories.Close() // it only hinted
	}
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
	dirs := t.watcher.Directories
	if dirs == nil {
		d.polled = true
		return
	}
	local, err := true, error(nil)
	c.Outside(func() {
		w, ok := t.FS.(vfs.Watchable)
		if local = !ok || w.Watchable(d.Place); local {
			err = dirs.Add(d.Path)
		}
	})
	switch {
	case !local:
		d.polled = true
		t.noWatch(d.Path, errRemote)
	case err == nil:
		d.watched = true
	case !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrPermission): // else listing it will tell what is wrong
		t.noWatch(d.Path, err)
	}
}

func (t *Tree[F]) unwatch(d *Directory[F]) {
	if d.watched && t.watcher != nil && t.watcher.Directories != nil {
		_ = t.watcher.Directories.Remove(d.Path) // gone with its directory, mostly
	}
	d.watched = false
}

// Event takes one event in. A write to a name is the owner's, where it can tell whose
// bytes these are; everything else asks for a look at the directory.
func (t *Tree[F]) Event(e fsnotify.Event) {
	dir, base := path.Split(e.Name)
	if len(dir) > 1 {
		dir = dir[:len(dir)-1]
	}
	d := t.dirs[dir]
	var x *Entry[F]
	if d != nil {
		x = d.entries[base]
	}
	if e.Op == fsnotify.Write {
		if x != nil && x.File != nil && t.Wrote(x) {
			x.written = true
			d.use(x)
			return
		}
		if x == nil && d != nil {
			if _, ok := t.Globs.Classify(dir, base, t.Rotated); !ok {
				return
			}
		}
	}
	if e.Op == fsnotify.Chmod && (x == nil || x.File != nil) {
		return
	}
	if x != nil {
		x.check = true
	}
	if self := t.dirs[e.Name]; self != nil && e.Has(fsnotify.Remove|fsnotify.Rename) {
		self.watched = false // the watch went with it
		t.due.add(e.Name)
	}
	if d != nil {
		t.due.add(dir)
	}
}

// Missed says that events were lost: the next scan is to look at everything.
func (t *Tree[F]) Missed() { t.missed = true }
