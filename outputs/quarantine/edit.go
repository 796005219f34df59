package quarantine

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"
)

// ErrBusy is returned by Edit when another process edits the file.
var ErrBusy = errors.New("another shipper quarantine is at work on the file")

// Records gives the records of the file at path in their order, the whole ones; a
// file that is not there has none. A line that is no record gives an error, and
// the rest goes on. It reads beside an agent that appends.
func Records(path string) iter.Seq2[*Record, error] {
	return func(yield func(*Record, error) bool) {
		f, err := os.Open(path)
		if errors.Is(err, fs.ErrNotExist) {
			return
		}
		if err != nil {
			yield(nil, err)
			return
		}
		defer func() { _ = f.Close() }()
		number := 0
		err = lines(f, func(line []byte) bool {
			number++
			r, err := parse(line)
			if err != nil {
				return yield(nil, fmt.Errorf("%s, line %d: %w", path, number, err))
			}
			return yield(r, nil)
		})
		if err != nil {
			yield(nil, err)
		}
	}
}

func parse(line []byte) (*Record, error) {
	r := new(Record)
	if err := json.Unmarshal(line, r); err != nil {
		return nil, fmt.Errorf("this is no record: %w", err)
	}
	return r, nil
}

// lines calls f for each whole line until it returns false.
func lines(from io.Reader, f func(line []byte) bool) error {
	in := bufio.NewReaderSize(from, 1<<20)
	var long []byte
	for {
		part, err := in.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) {
			long = append(long, part...)
			continue
		}
		if errors.Is(err, io.EOF) {
			return nil // what follows the last newline is torn
		}
		if err != nil {
			return err
		}
		if len(long) > 0 {
			part = append(long, part...)
			long = long[:0]
		}
		if !f(bytes.TrimSuffix(part, []byte("\n"))) {
			return nil
		}
	}
}

// Editor may take records away from a file. Only one process has it at a time.
type Editor struct {
	path string
	lock *os.File
}

// Edit becomes the editor of the file at path. It fails with ErrBusy if another
// process is. The agent may go on appending.
func Edit(path string) (*Editor, error) {
	lock, err := os.OpenFile(path+".lock", os.O_RDWR|os.O_CREATE|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock quarantine: %w", err)
	}
	if err := unix.Flock(int(lock.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		_ = lock.Close()
		if errors.Is(err, unix.EWOULDBLOCK) {
			err = ErrBusy
		}
		return nil, fmt.Errorf("lock quarantine %s: %w", path, err)
	}
	return &Editor{path: path, lock: lock}, nil
}

// Close gives the file up.
func (e *Editor) Close() error { return e.lock.Close() }

// Remove takes the records away for which gone returns true, and returns how
// many. When it returns, what remains is durable; lines that are no records
// remain. An agent that wants to append waits meanwhile.
func (e *Editor) Remove(gone func(*Record) bool) (int, error) {
	old, err := os.OpenFile(e.path, os.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return 0, nil
		}
		return 0, err
	}
	defer func() { _ = old.Close() }() // the lock with it
	if err := unix.Flock(int(old.Fd()), unix.LOCK_EX); err != nil {
		return 0, err
	}
	if !named(old, e.path) {
		return 0, fmt.Errorf("take records out of quarantine: %s was moved away meanwhile; try again", e.path)
	}
	next, err := os.OpenFile(e.path+".new", os.O_WRONLY|os.O_CREATE|os.O_TRUNC|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return 0, err
	}
	n, err := e.rest(old, next, gone)
	if err == nil && n > 0 {
		err = os.Rename(next.Name(), e.path)
		if err == nil {
			err = syncDir(filepath.Dir(e.path))
		}
	} else {
		_ = os.Remove(next.Name())
	}
	if err != nil {
		return 0, fmt.Errorf("take records out of quarantine: %w", err)
	}
	return n, nil
}

// rest writes what remains of old to next, and syncs and closes it.
func (e *Editor) rest(old, next *os.File, gone func(*Record) bool) (n int, err error) {
	defer func() { err = errors.Join(err, next.Close()) }()
	info, err := old.Stat()
	if err != nil {
		return 0, err
	}
	if stat, ok := info.Sys().(*syscall.Stat_t); ok { // root edits the agent's file
		_ = next.Chown(int(stat.Uid), int(stat.Gid))
	}
	out := bufio.NewWriterSize(next, 1<<20)
	var werr error
	err = lines(old, func(line []byte) bool {
		if r, perr := parse(line); perr == nil && gone(r) {
			n++
			return true
		}
		if _, werr = out.Write(line); werr == nil {
			werr = out.WriteByte('\n')
		}
		return werr == nil
	})
	return n, errors.Join(err, werr, out.Flush(), next.Sync())
}
