package outputs

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// ErrQuarantineFull is returned when a record would make the quarantine file
// larger than its limit. Nothing is dropped: the record's stream waits.
var ErrQuarantineFull = errors.New("quarantine is full")

// Quarantined is a record that an output will never take, with where it came
// from and why it is here. In the file it is one JSON object a line; Value is
// the record's bytes in base64.
type Quarantined struct {
	Time       time.Time `json:"time"`
	Input      string    `json:"input"`
	Output     string    `json:"output"`
	Topic      string    `json:"topic,omitempty"`
	Partition  int32     `json:"partition"`
	Path       string    `json:"path"`
	Generation uint64    `json:"generation,string"`
	Offset     int64     `json:"offset"` // of the record's first byte in the generation
	Reason     string    `json:"reason"`
	Value      []byte    `json:"value"`
}

// Quarantine keeps such records in an append-only file. Its methods are safe
// for concurrent use.
type Quarantine struct {
	path  string
	limit int64
	sync  func(*os.File) error // makes the file's bytes durable; tests let it fail

	mu   sync.Mutex
	file *os.File // nil until the first record
	size int64    // of whole, synced records
}

// NewQuarantine keeps records in the file path, up to limit bytes. The file is
// made when the first record comes.
func NewQuarantine(path string, limit int64) *Quarantine {
	return &Quarantine{path: path, limit: limit, sync: func(f *os.File) error { return unix.Fdatasync(int(f.Fd())) }}
}

// Path is the file that holds the records.
func (q *Quarantine) Path() string { return q.path }

// Put returns nil once the record is durable. After an error nothing of it is in
// the file, and it may be tried again.
func (q *Quarantine) Put(r Quarantined) error {
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
	if q.size+int64(len(line)) > q.limit {
		return fmt.Errorf("%s holds %d bytes: %w; look at its records, then move the file away", q.path, q.size, ErrQuarantineFull)
	}
	_, err = q.file.WriteAt(line, q.size)
	if err == nil {
		err = q.sync(q.file)
	}
	if err != nil {
		// Never trust a descriptor after a failed write or sync.
		_ = q.file.Truncate(q.size)
		_ = q.file.Close()
		q.file = nil
		return fmt.Errorf("write quarantine: %w", err)
	}
	q.size += int64(len(line))
	return nil
}

// open opens the file if it is not, or if it was moved away.
func (q *Quarantine) open() error {
	if q.file != nil {
		named, err := os.Stat(q.path)
		open, ferr := q.file.Stat()
		if err == nil && ferr == nil && os.SameFile(named, open) {
			return nil
		}
		_ = q.file.Close()
		q.file = nil
	}
	f, err := os.OpenFile(q.path, os.O_RDWR|os.O_CREATE|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return err
	}
	size, err := wholeLines(f)
	if err == nil {
		err = syncDir(filepath.Dir(q.path))
	}
	if err != nil {
		_ = f.Close()
		return err
	}
	q.file, q.size = f, size
	return nil
}

// wholeLines returns the length of f up to its last newline: what follows is the
// torn end of a write that a crash cut short, and is written over.
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
func (q *Quarantine) Close() error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.file == nil {
		return nil
	}
	err := q.file.Close()
	q.file = nil
	return err
}
