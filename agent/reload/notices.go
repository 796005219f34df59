package reload

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// notices tells that something has happened in directories. It asks the kernel
// itself, to be told of a write when the file is closed: a log beside a
// configuration that is written all day is no news.
type notices struct {
	fd    int
	queue *os.File // of the same descriptor; nil if there is none
	stop  func() bool
}

const noticed = unix.IN_CLOSE_WRITE | unix.IN_CREATE | unix.IN_DELETE | unix.IN_MOVED_FROM | unix.IN_MOVED_TO |
	unix.IN_ATTRIB | unix.IN_DELETE_SELF | unix.IN_MOVE_SELF | unix.IN_ONLYDIR

// newNotices makes notices whose wait ends with ctx.
func newNotices(ctx context.Context) *notices {
	fd, err := unix.InotifyInit1(unix.IN_NONBLOCK | unix.IN_CLOEXEC)
	if err != nil {
		return &notices{} // then all is polled
	}
	n := &notices{fd: fd, queue: os.NewFile(uintptr(fd), "inotify")}
	n.stop = context.AfterFunc(ctx, func() { _ = n.queue.SetReadDeadline(time.Unix(1, 0)) })
	return n
}

func (n *notices) close() {
	if n.queue != nil {
		n.stop()
		_ = n.queue.Close() // it only hinted
	}
}

// follow has what happens to the files announced from now on, and tells whether
// that can be had: then it was begun before the caller looks at them.
func (n *notices) follow(paths []string) bool {
	if n.queue == nil {
		return false
	}
	all := true
	for _, p := range paths {
		all = n.add(filepath.Dir(p)) && all
		if target, err := filepath.EvalSymlinks(p); err == nil {
			all = n.add(filepath.Dir(target)) && all
			if info, err := os.Stat(target); err == nil && info.IsDir() {
				all = n.add(target) && all
			}
		}
	}
	return all
}

// add watches a directory; one that is watched already stays so.
func (n *notices) add(dir string) bool {
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil || !local[int64(st.Type)] { //nolint:unconvert // narrower on other machines
		return false
	}
	_, err := unix.InotifyAddWatch(n.fd, dir, noticed)
	return err == nil
}

// local are file systems that no other machine and no server changes. Of others,
// which may be any, it is not known.
var local = map[int64]bool{
	unix.EXT4_SUPER_MAGIC: true, unix.XFS_SUPER_MAGIC: true, unix.BTRFS_SUPER_MAGIC: true, unix.F2FS_SUPER_MAGIC: true,
	unix.TMPFS_MAGIC: true, unix.RAMFS_MAGIC: true, unix.OVERLAYFS_SUPER_MAGIC: true, unix.SQUASHFS_MAGIC: true,
}

// wait returns when something has happened, or after most, and tells which.
func (n *notices) wait(ctx context.Context, most time.Duration) (happened bool) {
	var events [16 << 10]byte
	_ = n.queue.SetReadDeadline(time.Now().Add(most)) // without one it waits for an event
	if ctx.Err() != nil {
		return false // its end may have come before the deadline was set
	}
	_, err := n.queue.Read(events[:])
	return !errors.Is(err, os.ErrDeadlineExceeded)
}
