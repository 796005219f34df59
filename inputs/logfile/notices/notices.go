package notices

import "github.com/fsnotify/fsnotify"

// Watcher announces what happens in directories.
type Watcher struct {
	// Directories are the watched ones; a *fsnotify.Watcher is such a set.
	Directories interface {
		Add(dir string) error
		Remove(dir string) error
		Close() error
	}
	Events <-chan fsnotify.Event
	Errors <-chan error
}

// System is the watcher of the operating system.
func System() (Watcher, error) {
	w, err := fsnotify.NewWatcher()
	if err != nil {
		return Watcher{}, err
	}
	return Watcher{w, w.Events, w.Errors}, nil
}
