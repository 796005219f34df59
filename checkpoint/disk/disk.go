package disk

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
)

// FS is a directory with its files. Its methods may be called from different
// goroutines at a time, and block for as long as the file system does.
type FS interface {
	// List returns the names of all files.
	List() ([]string, error)
	// Read returns the whole of a file.
	Read(name string) ([]byte, error)
	// Open opens a file for writing and creates it if it is missing. What it
	// holds stays.
	Open(name string) (File, error)
	// Rename replaces newName if it exists, at once or not at all.
	Rename(oldName, newName string) error
	// Remove takes away a name.
	Remove(name string) error
	// SyncDir makes what Open, Rename and Remove did durable.
	SyncDir() error
}

// File is an open file of an FS. Its methods may be called from
// different goroutines at a time.
type File interface {
	// WriteAt writes all of b or returns an error.
	WriteAt(b []byte, offset int64) (int, error)
	// Sync makes the file's bytes and length durable.
	Sync() error
	// Allocate reserves room for size bytes without changing the length. A
	// file system that can't reserve is no error.
	Allocate(size int64) error
	Close() error
}

// maxFileSize is more than any state needs: what is larger is no state.
const maxFileSize = 1 << 30

// At is the directory of that path in the file system of the machine.
func At(dir string) FS { return dirFS{dir} }

// dirFS is a directory of the operating system.
type dirFS struct{ dir string }

func (d dirFS) List() ([]string, error) {
	f, err := os.Open(d.dir)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return f.Readdirnames(-1)
}

func (d dirFS) Read(name string) ([]byte, error) {
	// O_NONBLOCK: a FIFO under this name must not stop us.
	f, err := os.OpenFile(filepath.Join(d.dir, name), os.O_RDONLY|syscall.O_NONBLOCK|syscall.O_NOFOLLOW, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s: not a regular file", f.Name())
	case info.Size() > maxFileSize:
		return nil, fmt.Errorf("%s: %d bytes are more than any state needs", f.Name(), info.Size())
	}
	b := make([]byte, info.Size())
	n, err := io.ReadFull(f, b)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = nil
	}
	return b[:n], err
}

func (d dirFS) Open(name string) (File, error) {
	f, err := os.OpenFile(filepath.Join(d.dir, name), os.O_WRONLY|os.O_CREATE|syscall.O_NONBLOCK|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, err
	}
	return osFile{f}, nil
}

func (d dirFS) Rename(oldName, newName string) error {
	return os.Rename(filepath.Join(d.dir, oldName), filepath.Join(d.dir, newName))
}

func (d dirFS) Remove(name string) error { return os.Remove(filepath.Join(d.dir, name)) }

func (d dirFS) SyncDir() error {
	f, err := os.Open(d.dir)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}

type osFile struct{ *os.File }

func (f osFile) Sync() error {
	if err := fdatasync(f.File); err != nil {
		return &os.PathError{Op: "fdatasync", Path: f.Name(), Err: err}
	}
	return nil
}

func (f osFile) Allocate(size int64) error {
	if err := allocate(f.File, size); err != nil {
		return &os.PathError{Op: "fallocate", Path: f.Name(), Err: err}
	}
	return nil
}
