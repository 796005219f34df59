package quarantine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"

	"golang.org/x/sys/unix"
)

// ErrFull is returned when a record would make the file larger than its limit.
// Nothing is dropped: the record's stream waits.
var ErrFull = errors.New("quarantine is full")

// almostFull is the part of its limit, in percent, from which on a File warns.
const almostFull = 80

// Store is where records are put: a File or a Topic.
type Store interface {
	// Put returns nil once the record is durable.
	Put(ctx context.Context, r *Record) error
	Close(ctx context.Context) error
}

// File keeps records in an append-only file. Its methods are safe for concurrent
// use, also against other processes that use this package.
type File struct {
	path  string
	limit int64
	log   *slog.Logger
	sync  func(*os.File) error // makes the file's bytes durable; tests let it fail

	mu     sync.Mutex
	file   *os.File // nil until the first record
	size   int64    // of whole, synced records
	warned bool     // that it is almost full
}

// NewFile keeps records in the file path, up to limit bytes. The file is made
// when the first record comes.
func NewFile(path string, limit int64, log *slog.Logger) *File {
	return &File{path: path, limit: limit, log: log, sync: func(f *os.File) error { return unix.Fdatasync(int(f.Fd())) }}
}

// Path is the file that holds the records.
func (q *File) Path() string { return q.path }

// Put returns nil once the record is durable. After an error nothing of it is in
// the file, and it may be tried again.
func (q *File) Put(_ context.Context, r *Record) error {
	line, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("encode quarantined record: %w", err)
	}
	line = append(line, '\n')
	q.mu.Lock()
	defer q.mu.Unlock()
	if err := q.open(); err != nil {
		return fmt.Errorf("open quarantine: %w", err)
	}
	defer func() {
		if q.file != nil {
			_ = unix.Flock(int(q.file.Fd()), unix.LOCK_UN)
		}
	}()
	if q.size+int64(len(line)) > q.limit {
		return fmt.Errorf("%s holds %d bytes: %w; look at its records with \"shipper quarantine list\", then send them again or drop them", q.path, q.size, ErrFull)
	}
	_, err = q.file.WriteAt(line, q.size)
	if err == nil {
		err = q.sync(q.file)
	}
	if err != nil {
		// Never trust a descriptor after a failed write or sync.
		_ = q.file.Truncate(q.size)
		q.drop()
		return fmt.Errorf("write quarantine: %w", err)
	}
	q.size += int64(len(line))
	q.alarm()
	return nil
}

// alarm warns once, while there is time, that the file gets full.
func (q *File) alarm() {
	full := q.size*100 >= q.limit*almostFull
	if full && !q.warned {
		q.log.Warn("quarantine is almost full; once it is, the streams of further records wait",
			"path", q.path, "bytes", q.size, "max_size", q.limit, "cure", "Look at its records with \"shipper quarantine list\", then send them again or drop them.")
	}
	q.warned = full
}

// open opens the file if it is not, or if it was replaced or moved away, and
// leaves it locked.
func (q *File) open() error {
	for {
		if q.file != nil {
			if err := unix.Flock(int(q.file.Fd()), unix.LOCK_EX); err != nil {
				return err
			}
			if named(q.file, q.path) && unchanged(q.file, q.size) {
				return nil
			}
			q.drop()
		}
		f, err := os.OpenFile(q.path, os.O_RDWR|os.O_CREATE|unix.O_CLOEXEC, 0o600)
		if err != nil {
			return err
		}
		if err = unix.Flock(int(f.Fd()), unix.LOCK_EX); err == nil {
			q.size, err = wholeLines(f)
		}
		if err == nil {
			err = syncDir(filepath.Dir(q.path))
		}
		if err != nil {
			_ = f.Close()
			return err
		}
		q.file = f
		if named(f, q.path) { // else it was replaced before it was locked
			return nil
		}
	}
}

// named tells whether a file still has its name.
func named(f *os.File, path string) bool {
	there, err := os.Stat(path)
	open, ferr := f.Stat()
	return err == nil && ferr == nil && os.SameFile(there, open)
}

// unchanged tells whether a file still ends where we left it: two outputs may
// have named the same one.
func unchanged(f *os.File, size int64) bool {
	info, err := f.Stat()
	return err == nil && info.Size() == size
}

// drop closes the file, which gives its lock up, too.
func (q *File) drop() {
	_ = q.file.Close()
	q.file = nil
}

// wholeLines returns the length of f up to its last newline: what follows is the
// torn end of a write that a crash cut short, and is cut off.
func wholeLines(f *os.File) (int64, error) {
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	buf := make([]byte, 64<<10)
	for end := info.Size(); end > 0; {
		n := min(end, int64(len(buf)))
		if _, err := f.ReadAt(buf[:n], end-n); err != nil {
			return 0, err
		}
		for i := n - 1; i >= 0; i-- {
			if buf[i] == '\n' {
				whole := end - n + i + 1
				return whole, f.Truncate(whole)
			}
		}
		end -= n
	}
	return 0, f.Truncate(0)
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer func() { _ = d.Close() }()
	return d.Sync()
}

// Close closes the file.
func (q *File) Close(context.Context) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.file == nil {
		return nil
	}
	err := q.file.Close()
	q.file = nil
	return err
}
