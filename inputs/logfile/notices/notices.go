package notices

import (
	"runtime"
	"time"

	"github.com/fsnotify/fsnotify"
)

const (
	// Flood is how many events in one Drain are too many: the next one is to come later.
	Flood = 200
	// drainMax bounds how long a Drain takes events in under floods, where the kernel
	// merges equal ones.
	drainMax = 100 * time.Millisecond
	// A Drain takes the kernel's queue for empty when no event is there although the
	// watcher got the processor so many times. Where many events come at a time, which
	// it may take a while to read, it gets the pause, too: in all, since one event may
	// follow the other for ever. What is left behind waits for the next Drain.
	yields = 3
	many   = 16
	pause  = time.Millisecond
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

// Drain hands out all events that are there, and returns how many. It does not wait
// for more, but for the watcher to bring what the kernel has; patiently if there may be
// many.
func (w *Watcher) Drain(patient bool, event func(fsnotify.Event), failed func(error)) (n int) {
	var over <-chan time.Time
	for begun := time.Now(); n%Flood > 0 || time.Since(begun) < drainMax; {
		if over == nil && (patient || n >= many) || n > 0 && n%Flood == 0 {
			over = time.After(pause)
		}
		e, ok, err := w.next(over)
		switch {
		case !ok:
			return n
		case err != nil:
			failed(err)
		default:
			event(e)
			n++
		}
	}
	return n
}

// next is the next event or error, if the watcher brings one when it gets the
// processor, or before it is over.
func (w *Watcher) next(over <-chan time.Time) (e fsnotify.Event, ok bool, err error) {
	for range yields {
		select {
		case e, ok = <-w.Events:
			return e, ok, nil
		case err, ok = <-w.Errors:
			return e, ok, err
		default:
			runtime.Gosched()
		}
	}
	if over == nil {
		return e, false, nil
	}
	select {
	case e, ok = <-w.Events:
		return e, ok, nil
	case err, ok = <-w.Errors:
		return e, ok, err
	case <-over:
		return e, false, nil
	}
}
