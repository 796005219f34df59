package local

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"
)

// handle is what a File needs of its open file; tests put faults behind it.
type handle interface {
	io.Writer
	io.ReaderAt
	io.Closer
	Stat() (fs.FileInfo, error)
	Truncate(size int64) error
	// Datasync returns when the bytes and the size are durable.
	Datasync() error
}

type osHandle struct{ *os.File }

func (h osHandle) Datasync() error { return datasync(h.File) }

var (
	errNotRegular = errors.New("not a regular file")
	errHeld       = errors.New("another output or process appends to it")
)

// openHandle opens path for appending, locks it, and creates it if need be. The
// directory of a new file is synced, so that what is acknowledged has a name.
func openHandle(path string) (handle, error) {
	// O_NONBLOCK: to open a FIFO without a reader must fail, not wait.
	const flags = os.O_RDWR | os.O_APPEND | syscall.O_NONBLOCK
	file, err := os.OpenFile(path, flags, 0)
	if errors.Is(err, fs.ErrNotExist) {
		file, err = create(path, flags)
	}
	if errors.Is(err, unix.EISDIR) || errors.Is(err, unix.ENXIO) {
		err = errNotRegular
	}
	if err != nil {
		return nil, cause(err)
	}
	info, err := file.Stat()
	switch {
	case err != nil:
	case !info.Mode().IsRegular():
		err = errNotRegular
	default:
		if err = unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB); errors.Is(err, unix.EWOULDBLOCK) {
			err = errHeld
		}
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return osHandle{file}, nil
}

func create(path string, flags int) (*os.File, error) {
	file, err := os.OpenFile(path, flags|os.O_CREATE|os.O_EXCL, 0o640)
	if err != nil {
		return nil, err
	}
	if err := syncDirectory(filepath.Dir(path)); err != nil {
		// Removed, so that the next attempt is again one that creates.
		_, _ = file.Close(), os.Remove(path)
		return nil, fmt.Errorf("sync its directory: %w", cause(err))
	}
	return file, nil
}

func syncDirectory(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// endLines finds the end of the last whole line of a file: what follows was left
// unfinished by a process that was killed. A file without any newline is not one
// of ours; nothing of it is cut, its line is ended.
func endLines(file handle, size int64) (end int64, err error) {
	buf := make([]byte, 4<<10)
	for end := size; end > 0; {
		start := max(0, end-int64(len(buf)))
		n, err := file.ReadAt(buf[:end-start], start)
		if err != nil && !errors.Is(err, io.EOF) {
			return 0, fmt.Errorf("read its end: %w", err)
		}
		if i := bytes.LastIndexByte(buf[:n], '\n'); i >= 0 {
			return start + int64(i) + 1, nil
		}
		end = start
	}
	if size == 0 {
		return 0, nil
	}
	if _, err := file.Write([]byte{'\n'}); err != nil {
		return 0, err
	}
	return size + 1, nil
}

// lowSpace is the free disk space, in bytes, below which Check warns.
const lowSpace = 64 << 20

// probe finds out, without changing anything, whether path could be opened for
// appending, and how many bytes are free on its disk.
func probe(path string) (free uint64, err error) {
	info, err := os.Stat(path)
	switch {
	case err == nil && !info.Mode().IsRegular():
		return 0, errNotRegular
	case err == nil:
		err = unix.Access(path, unix.R_OK|unix.W_OK)
	case errors.Is(err, fs.ErrNotExist):
		if err = unix.Access(filepath.Dir(path), unix.R_OK|unix.W_OK|unix.X_OK); err != nil {
			err = fmt.Errorf("directory %q: %w", filepath.Dir(path), err)
		}
	}
	if err != nil {
		return 0, cause(err)
	}
	var disk unix.Statfs_t
	if err := unix.Statfs(filepath.Dir(path), &disk); err != nil {
		return 0, fmt.Errorf("look for free disk space: %w", err)
	}
	return disk.Bavail * uint64(disk.Bsize), nil
}

// cause takes the path out of an error that will be wrapped with it again.
func cause(err error) error {
	if pathErr := (*fs.PathError)(nil); errors.As(err, &pathErr) {
		return pathErr.Err
	}
	return err
}

// advice says what to do about an error of a path, "" if that is plain.
func advice(err error, path string) string {
	dir := filepath.Dir(path)
	switch {
	case errors.Is(err, unix.ENOSPC), errors.Is(err, unix.EDQUOT):
		return fmt.Sprintf(": free disk space for %q; it is tried again by itself", dir)
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, unix.ENOTDIR):
		return fmt.Sprintf(": create the directory %q, or correct `path`; directories are not created by the output", dir)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Sprintf(": give the agent's user the right to read and write %q and its directory", path)
	case errors.Is(err, unix.EROFS):
		return ": the file system is mounted read-only; mount it writable, or correct `path`"
	case errors.Is(err, errNotRegular):
		return ": name a regular file in `path`"
	case errors.Is(err, errHeld):
		return ": name another file in `path`"
	}
	return ""
}
