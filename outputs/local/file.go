package local

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"shipper/inputs"
	"shipper/outputs"
)

// batchBytes and linger are what both outputs ask of a batch.
const (
	batchBytes = 512 << 10
	linger     = 5 * time.Millisecond
)

// FileConfig describes a File.
type FileConfig struct {
	Path string // absolute; its directory must exist
	JSON bool   // lines are JSON objects instead of the records as they are
	Log  *slog.Logger
}

// File appends records to a file as lines.
type File struct {
	path   string
	log    *slog.Logger
	health *outputs.Health
	open   func(path string) (handle, error)

	mu      sync.Mutex // guards what follows; held during Write
	closed  bool
	encoder encoder
	file    handle // nil while not open
	// end is where the acknowledged bytes end. It is meant for the file that
	// was open last, also while file is nil.
	end int64
	// dirty says that unacknowledged bytes may stand behind end.
	dirty bool
	inode fs.FileInfo // of the file that end is about, nil before the first
}

// errClosed is the error of batches that are written after Close.
var errClosed = errors.New("the output is closed")

// OpenFile makes a File and looks whether its path can be written. If not, that
// is no error here: it shows in Status and Check, and Write tries again. The file
// is created by the first Write.
func OpenFile(c FileConfig) (*File, error) {
	return openFile(c, openHandle)
}

func openFile(c FileConfig, open func(string) (handle, error)) (*File, error) {
	if !filepath.IsAbs(c.Path) {
		return nil, fmt.Errorf("open file output: path %q is not absolute", c.Path)
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	f := &File{path: c.Path, log: c.Log, open: open, encoder: encoder{json: c.JSON}, health: outputs.NewHealth(c.Path)}
	_, err := probe(c.Path)
	f.health.Set(f.wrap(err))
	return f, nil
}

// Shape tells the size of batches; the encoder's chunks are all that it needs.
func (f *File) Shape() outputs.Shape {
	return outputs.Shape{BatchBytes: batchBytes, Linger: linger, EncodedBytes: 4 * chunkBytes}
}

// Shard is the one there is.
func (f *File) Shard(*inputs.Stream) (outputs.Shard, error) { return outputs.Shard{}, nil }

// Write appends each batch and syncs. It waits for the disk as long as that
// takes; ctx is looked at before each write(2).
func (f *File) Write(ctx context.Context, batches []*outputs.Batch) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, b := range batches {
		touched, err := f.append(ctx, b)
		b.Fate = outputs.Fate{State: outputs.Acked, BaseOffset: -1, Err: f.wrap(err)}
		switch {
		case err == nil:
		case f.dirty && (touched || b.Repeat):
			b.Fate.State = outputs.Unresolved
		default:
			b.Fate.State = outputs.Refused
		}
		if ctx.Err() == nil && !f.closed {
			f.health.Set(b.Fate.Err)
		}
	}
}

// append makes b durable. If it fails, touched tells whether bytes of b may have
// got to the file, and f.dirty whether they may still be there.
func (f *File) append(ctx context.Context, b *outputs.Batch) (touched bool, err error) {
	if f.closed {
		return false, errClosed
	}
	if err := ctx.Err(); err != nil {
		return false, err
	}
	if err := f.ready(); err != nil {
		return false, err
	}
	end := f.end
	err = f.encoder.encode(b, func(chunk []byte) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		f.dirty = true
		n, err := f.file.Write(chunk)
		end += int64(n)
		return err
	})
	touched = f.dirty
	if err != nil {
		// Not to be cut now is no loss: ready cuts before the next write.
		return touched, errors.Join(err, f.cut())
	}
	if !touched {
		return false, nil // nothing to deliver
	}
	if err := f.file.Datasync(); err != nil {
		f.forget()
		return true, fmt.Errorf("sync: %w", err)
	}
	f.end, f.dirty = end, false
	return true, nil
}

// ready makes file the one that the path names, with nothing behind end.
func (f *File) ready() error {
	if f.file != nil {
		if err := f.cut(); err != nil {
			return err
		}
		named, err := os.Stat(f.path)
		if err != nil || !os.SameFile(named, f.inode) {
			f.log.Info("output file was moved or deleted, opening its path anew", "path", f.path)
			f.forget()
		} else {
			f.end = named.Size() // others may have cut or extended it
			return nil
		}
	}
	file, err := f.open(f.path)
	if err != nil {
		return err
	}
	info, err := file.Stat()
	if err != nil {
		return errors.Join(err, file.Close())
	}
	if f.dirty && os.SameFile(info, f.inode) {
		f.end = min(f.end, info.Size())
	} else if f.end, err = endLines(file, info.Size()); err != nil {
		return errors.Join(err, file.Close())
	}
	f.file, f.inode, f.dirty = file, info, f.end < info.Size()
	if f.dirty {
		f.log.Warn("cutting off bytes of the output file that were never acknowledged",
			"path", f.path, "bytes", info.Size()-f.end)
	}
	return f.cut()
}

// cut removes what stands behind end.
func (f *File) cut() error {
	if !f.dirty {
		return nil
	}
	if err := f.file.Truncate(f.end); err != nil {
		return fmt.Errorf("cut back to %d bytes: %w", f.end, err)
	}
	f.dirty = false
	return nil
}

// forget gives the descriptor up. An error of close would be of bytes that are
// either synced or to be written again.
func (f *File) forget() {
	_ = f.file.Close()
	f.file = nil
}

// wrap names the file in an error and says what to do.
func (f *File) wrap(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("append to %q: %w%s", f.path, err, advice(err, f.path))
}

// Check looks at the file, its directory and its disk. It changes nothing.
func (f *File) Check(context.Context, []string) []outputs.Finding {
	subject := fmt.Sprintf("file %q", f.path)
	free, err := probe(f.path)
	switch {
	case err != nil:
		cure := strings.TrimPrefix(advice(err, f.path), ": ")
		if cure == "" {
			cure = "correct `path`, or what is there"
		}
		return []outputs.Finding{{
			Severity: outputs.Problem, Subject: subject, Message: err.Error(), Cure: cure,
		}}
	case free < lowSpace:
		return []outputs.Finding{{
			Severity: outputs.Warning, Subject: subject,
			Message: fmt.Sprintf("%d MiB of disk space are left", free>>20),
			Cure:    "free disk space, and rotate the file: the output never deletes anything",
		}}
	}
	return []outputs.Finding{{Severity: outputs.OK, Subject: subject, Message: "can be appended to"}}
}

// Status describes the file. It does not wait for a write under way.
func (f *File) Status() outputs.Status { return f.health.Status() }

// Close cuts off what is not acknowledged and closes the file.
func (f *File) Close(context.Context) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.closed = true
	if f.file == nil {
		return nil
	}
	err := f.cut()
	if err = errors.Join(err, f.file.Close()); err != nil {
		err = fmt.Errorf("close %q: %w", f.path, err)
	}
	f.file = nil
	return err
}
