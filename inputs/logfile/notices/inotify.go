package notices

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

const (
	watched = unix.IN_CREATE | unix.IN_MOVED_TO | unix.IN_DELETE | unix.IN_MOVED_FROM | unix.IN_MODIFY | unix.IN_ATTRIB |
		unix.IN_DELETE_SELF | unix.IN_MOVE_SELF | unix.IN_ONLYDIR
	lost  = unix.IN_IGNORED | unix.IN_UNMOUNT | unix.IN_DELETE_SELF | unix.IN_MOVE_SELF // the watched directory itself
	batch = 32 << 10                                                                    // bytes of events in one read, some 700
	// longest is an event with the longest name that Linux has. A read that leaves room for
	// it has taken all.
	longest = unix.SizeofInotifyEvent + unix.NAME_MAX + 1
	// drainMax bounds how long a Drain goes on under floods, in which the kernel merges
	// equal events that wait.
	drainMax = 100 * time.Millisecond
)

// inotify is the kernel's watcher.
type inotify struct {
	// events is not known to Go's poller, which would have a thread wake for each event
	// whether anybody waits or not. It is read when somebody wants to, and never blocks.
	events *os.File
	// first is an epoll set of events alone. It tells of one event whenever it is armed.
	first *os.File
	await chan struct{}
	ready chan struct{}
	buf   [batch]byte

	adding atomic.Int32 // Adds that may have begun a watch whose id is not yet known

	mu    sync.Mutex
	paths map[int32][]string // of a watch; several where symbolic links lead to one directory
	ids   map[string]int32
}

// System returns the watcher of the operating system.
func System() (Watcher, error) {
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC)
	if err != nil {
		return nil, os.NewSyscallError("inotify_init1", err)
	}
	w := &inotify{
		events: os.NewFile(uintptr(fd), "inotify"), // before it is non-blocking, which the poller looks at
		paths:  map[int32][]string{}, ids: map[string]int32{},
	}
	set, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		_ = w.events.Close() // nothing was watched
		return nil, os.NewSyscallError("epoll_create1", err)
	}
	err = errors.Join(unix.SetNonblock(fd, true), unix.SetNonblock(set, true),
		unix.EpollCtl(set, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: unix.EPOLLONESHOT}))
	w.first = os.NewFile(uintptr(set), "epoll")
	// A file that the poller does not take is one without deadlines: nobody would be woken.
	if err = errors.Join(err, w.first.SetReadDeadline(time.Time{})); err != nil {
		w.Close()
		return nil, fmt.Errorf("set up inotify: %w", err)
	}
	return w, nil
}

// control calls f with the descriptor of a file, which is not closed meanwhile.
func control(file *os.File, f func(fd int) error) error {
	conn, err := file.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	if err := conn.Control(func(fd uintptr) { failed = f(int(fd)) }); err != nil {
		return err
	}
	return failed
}

// Add implements Watcher.
func (w *inotify) Add(dir string) error {
	w.adding.Add(1)
	defer w.adding.Add(-1)
	var id int32
	err := control(w.events, func(fd int) error {
		wd, err := unix.InotifyAddWatch(fd, dir, watched)
		id = int32(wd)
		return err
	})
	if err != nil {
		return &os.PathError{Op: "watch", Path: dir, Err: err}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if before, ok := w.ids[dir]; ok && before != id {
		w.leave(dir, before) // another directory has the path by now
	}
	w.ids[dir] = id
	if !slices.Contains(w.paths[id], dir) {
		w.paths[id] = append(w.paths[id], dir)
	}
	return nil
}

// Remove implements Watcher.
func (w *inotify) Remove(dir string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if id, ok := w.ids[dir]; ok {
		w.leave(dir, id)
	}
}

// leave ends the watch if dir was the last path that it was wanted for.
func (w *inotify) leave(dir string, id int32) {
	delete(w.ids, dir)
	var rest []string // a list of its own: hand reads the old one
	for _, p := range w.paths[id] {
		if p != dir {
			rest = append(rest, p)
		}
	}
	if w.paths[id] = rest; len(rest) > 0 {
		return
	}
	delete(w.paths, id)
	_ = control(w.events, func(fd int) error { // it has ended by itself if the directory is gone
		_, err := unix.InotifyRmWatch(fd, uint32(id))
		return err
	})
}

// Drain implements Watcher.
func (w *inotify) Drain(event func(Event)) (n int, whole bool) {
	whole = true
	for begun := time.Now(); ; {
		size, err := w.events.Read(w.buf[:])
		if err != nil {
			return n, whole && errors.Is(err, syscall.EAGAIN)
		}
		for b := w.buf[:size]; len(b) >= unix.SizeofInotifyEvent; {
			raw := (*unix.InotifyEvent)(unsafe.Pointer(&b[0])) // the kernel aligns them
			name := b[unix.SizeofInotifyEvent : unix.SizeofInotifyEvent+raw.Len]
			b = b[unix.SizeofInotifyEvent+raw.Len:]
			if raw.Mask&unix.IN_Q_OVERFLOW != 0 {
				whole = false
				continue
			}
			name, _, _ = bytes.Cut(name, []byte{0})
			told := w.hand(raw.Wd, raw.Mask, string(name), event)
			if told == 0 && raw.Mask&lost != 0 && w.adding.Load() > 0 {
				whole = false // it may be what is being added
			}
			n += told
		}
		if size+longest <= len(w.buf) || time.Since(begun) > drainMax {
			return n, whole
		}
	}
}

// hand hands out what has happened under each path of a watch.
func (w *inotify) hand(id int32, mask uint32, name string, event func(Event)) (n int) {
	op := Written
	switch {
	case mask&(lost|unix.IN_DELETE|unix.IN_MOVED_FROM) != 0:
		op = Gone
	case mask&(unix.IN_CREATE|unix.IN_MOVED_TO) != 0:
		op = Come
	case mask&unix.IN_ATTRIB != 0:
		op = Touched
	}
	w.mu.Lock()
	paths := w.paths[id]
	if mask&lost != 0 {
		for _, dir := range paths {
			w.leave(dir, id)
		}
	}
	w.mu.Unlock()
	for _, dir := range paths {
		event(Event{Dir: dir, Name: name, Op: op})
	}
	return len(paths)
}

// Ready implements Watcher.
func (w *inotify) Ready() <-chan struct{} {
	if w.ready == nil {
		w.ready, w.await = make(chan struct{}, 1), make(chan struct{}, 1)
		go w.wait(w.await, w.ready)
	}
	return w.ready
}

// Await implements Watcher.
func (w *inotify) Await() {
	w.Ready()
	w.await <- struct{}{}
}

// wait waits in Go's poller, which takes no thread, and only when somebody wants to know.
func (w *inotify) wait(await <-chan struct{}, ready chan<- struct{}) {
	conn, err := w.first.SyscallConn()
	if err != nil {
		return // closed
	}
	var there [1]unix.EpollEvent
	for range await {
		err := control(w.first, func(set int) error {
			return control(w.events, func(fd int) error {
				return unix.EpollCtl(set, unix.EPOLL_CTL_MOD, fd, &unix.EpollEvent{Events: unix.EPOLLIN | unix.EPOLLONESHOT})
			})
		})
		if err != nil {
			return // closed
		}
		if conn.Read(func(set uintptr) bool {
			n, _ := unix.EpollWait(int(set), there[:], 0)
			return n > 0
		}) != nil {
			return // closed
		}
		ready <- struct{}{}
	}
}

// Close implements Watcher.
func (w *inotify) Close() {
	_ = w.first.Close() // they only hinted
	_ = w.events.Close()
	if w.await != nil {
		close(w.await)
		w.await = nil
	}
}
