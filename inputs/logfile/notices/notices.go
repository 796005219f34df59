package notices

import (
	"context"
	"time"

	"github.com/fsnotify/fsnotify"
)

const (
	// DrainMax bounds how long a Drain takes events in under floods, where the kernel
	// merges equal ones.
	DrainMax = 100 * time.Millisecond
	// drainIdle is how long no event may come until a Drain takes the kernel's queue
	// for empty: the watcher must get the processor and read once more. An event that
	// is left behind waits for another gathering.
	drainIdle = time.Millisecond
)

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

// Drain waits for so long that events gather, and hands out all that are there. It
// returns how many there were, and false if ctx ended before.
func (w *Watcher) Drain(ctx context.Context, gather time.Duration, event func(fsnotify.Event), failed func(error)) (n int, ok bool) {
	select {
	case <-ctx.Done():
		return 0, false
	case <-time.After(gather - drainIdle):
	}
	idle := time.NewTimer(drainIdle)
	defer idle.Stop()
	for begun := time.Now(); time.Since(begun) < DrainMax; idle.Reset(drainIdle) {
		select {
		case e, open := <-w.Events:
			if !open {
				return n, true
			}
			event(e)
			n++
		case err, open := <-w.Errors:
			if !open {
				return n, true
			}
			failed(err)
		case <-idle.C:
			return n, true
		case <-ctx.Done():
			return n, true
		}
	}
	return n, true
}
