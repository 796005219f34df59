package vfs

import (
	"errors"
	"io/fs"

	"golang.org/x/sys/unix"
)

// osDir is a descriptor of a directory.
type osDir int

// OpenDir implements Directories.
func (osFS) OpenDir(dir Place) (Dir, Info, error) {
	fd, err := openAt(dir, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC|unix.O_NONBLOCK)
	if err != nil {
		return nil, Info{}, err
	}
	info, err := statFD(fd)
	if err != nil {
		_ = unix.Close(fd) // nothing was written
		return nil, Info{}, err
	}
	return osDir(fd), info, nil
}

func (d osDir) Open(name string) (File, error) {
	fd := -1
	err := ignoringEINTR(func() (err error) {
		fd, err = unix.Openat(int(d), name, unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_CLOEXEC|unix.O_NOCTTY, 0)
		return err
	})
	if err != nil {
		return nil, err
	}
	return osFile(fd), nil
}

// Stat opens nothing: the file may have been made unreadable.
func (d osDir) Stat(name string) (Info, error) {
	if !noStatx.Load() {
		var stx unix.Statx_t
		err := ignoringEINTR(func() error {
			return unix.Statx(int(d), name, unix.AT_SYMLINK_NOFOLLOW, unix.STATX_BASIC_STATS|unix.STATX_BTIME, &stx)
		})
		if !errors.Is(err, unix.ENOSYS) {
			return infoOf(&stx), err
		}
		noStatx.Store(true)
	}
	return fstatat(int(d), name, unix.AT_SYMLINK_NOFOLLOW)
}

func (d osDir) Rename(name string, to Dir, as string) error {
	target, ok := to.(osDir)
	if !ok {
		return unix.EXDEV
	}
	err := ignoringEINTR(func() error {
		return unix.Renameat2(int(d), name, int(target), as, unix.RENAME_NOREPLACE)
	})
	if !errors.Is(err, unix.EINVAL) && !errors.Is(err, unix.ENOSYS) {
		return err
	}
	// Network file systems can't ask the server for that. Between looking and
	// renaming somebody else would have to make just this name.
	if _, err := target.Stat(as); !errors.Is(err, fs.ErrNotExist) {
		return errors.Join(unix.EEXIST, err)
	}
	return ignoringEINTR(func() error { return unix.Renameat(int(d), name, int(target), as) })
}

func (d osDir) Remove(name string) error {
	return ignoringEINTR(func() error { return unix.Unlinkat(int(d), name, 0) })
}

func (d osDir) Close() error { return unix.Close(int(d)) }
