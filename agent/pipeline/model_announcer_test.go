package pipeline

import (
	"bytes"
	"path/filepath"
	"sync"
	"unsafe"

	"github.com/fsnotify/fsnotify"
	"golang.org/x/sys/unix"
)

// announcer announces what the kernel does, when the test says so: fsnotify waits
// for the kernel, which the clock of the test does not know.
type announcer struct {
	events chan fsnotify.Event
	errors chan error
	fd     int

	mu   sync.Mutex
	dirs map[int]string
}

func newAnnouncer() *announcer {
	fd, err := unix.InotifyInit1(unix.IN_NONBLOCK | unix.IN_CLOEXEC)
	if err != nil {
		panic(err)
	}
	return &announcer{events: make(chan fsnotify.Event, 1<<14), errors: make(chan error, 16), fd: fd, dirs: map[int]string{}}
}

// Add implements what notices.Watcher asks of its directories.
func (a *announcer) Add(dir string) error {
	wd, err := unix.InotifyAddWatch(a.fd, dir, unix.IN_CREATE|unix.IN_MODIFY|unix.IN_DELETE|unix.IN_DELETE_SELF|
		unix.IN_MOVED_TO|unix.IN_MOVED_FROM|unix.IN_MOVE_SELF|unix.IN_ATTRIB)
	a.mu.Lock()
	defer a.mu.Unlock()
	if err == nil {
		a.dirs[wd] = dir
	}
	return err
}

// Remove implements what notices.Watcher asks of its directories.
func (a *announcer) Remove(string) error { return nil }

// Close implements what notices.Watcher asks of its directories.
func (a *announcer) Close() error { return nil }

var announced = []struct {
	mask uint32
	op   fsnotify.Op
}{
	{unix.IN_CREATE | unix.IN_MOVED_TO, fsnotify.Create},
	{unix.IN_DELETE | unix.IN_DELETE_SELF, fsnotify.Remove},
	{unix.IN_MODIFY, fsnotify.Write},
	{unix.IN_MOVED_FROM | unix.IN_MOVE_SELF, fsnotify.Rename},
	{unix.IN_ATTRIB, fsnotify.Chmod},
}

// pump announces what has happened since the last time, or, if overflow is set,
// only that there was too much of it.
func (a *announcer) pump(overflow bool) {
	var buf [16 << 10]byte
	some := false
	for {
		n, err := unix.Read(a.fd, buf[:])
		if n <= 0 || err != nil {
			break
		}
		for b := buf[:n]; len(b) > 0; {
			e := (*unix.InotifyEvent)(unsafe.Pointer(&b[0]))
			name := b[unix.SizeofInotifyEvent : unix.SizeofInotifyEvent+e.Len]
			b = b[unix.SizeofInotifyEvent+e.Len:]
			some = true
			a.mu.Lock()
			p, ok := a.dirs[int(e.Wd)]
			a.mu.Unlock()
			if !ok || overflow {
				continue
			}
			if i := bytes.IndexByte(name, 0); i > 0 {
				p = filepath.Join(p, string(name[:i]))
			}
			for _, x := range announced {
				if e.Mask&x.mask != 0 {
					a.events <- fsnotify.Event{Name: p, Op: x.op}
					break
				}
			}
		}
	}
	if overflow && some {
		a.errors <- fsnotify.ErrEventOverflow
	}
}

func (a *announcer) close() { _ = unix.Close(a.fd) }
