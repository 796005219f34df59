package failover

import (
	"context"
	"errors"
	"fmt"
	"math"

	"shipper/inputs"
	"shipper/inputs/logfile/vfs"
	"shipper/outputs/s3"
	"shipper/outputs/s3/object"
)

// Store is where objects are.
type Store interface {
	Get(ctx context.Context, key string) (*object.Meta, *inputs.Segment, error)
	List(ctx context.Context, prefix string, visit func(s3.Entry) error) error
	Return(ctx context.Context, key string) error
	Delete(ctx context.Context, key string) error
	// Own is what the keys of this agent begin with.
	Own() string
}

// reader is who reads a generation whose own file is gone, as far as it is aside. All
// that are equal are one to the cache.
type reader struct {
	aside      *Aside
	generation uint64
}

// file is what a reader reads.
type file struct {
	reader
	until <-chan struct{} // closed when an object is not to be waited for any more
}

// reach is up to where the generation can be read from an offset on without a wait,
// 0 if not at all: then ready is called when it can.
func (r reader) reach(offset int64, ready func()) (end int64) {
	list := r.aside.covering(r.generation, offset)
	if len(list) == 0 { // it ends, or there is a hole
		r.aside.cache.Leave(r)
		return math.MaxInt64
	}
	if !r.aside.cache.Ready(list[0].Key, r, ready) {
		return 0
	}
	return list[0].End.Offset
}

// Pread reads from the objects that hold the bytes. Behind the last one the file
// ends, and so it does at a gap.
func (f *file) Pread(p []byte, offset int64) (n int, err error) {
	for n < len(p) {
		list := f.aside.covering(f.generation, offset+int64(n))
		if len(list) == 0 {
			end := f.aside.hole(f.generation, offset+int64(n))
			if end == 0 {
				return n, nil
			}
			zeros := p[n:min(int64(len(p)), end-offset)]
			clear(zeros)
			n += len(zeros)
			continue
		}
		got, err := f.read(list, p[n:], offset+int64(n))
		if err != nil {
			return n, err
		}
		if got == 0 {
			continue // what was to be there is not; there may be others
		}
		n += got
	}
	return n, nil
}

// read takes bytes from the first object of the list that can be read.
func (f *file) read(list []Range, p []byte, offset int64) (int, error) {
	var errs []error
	for _, r := range list {
		data, err := f.aside.cache.Get(r.Key, f.until, f.aside.ended)
		if errors.Is(err, vfs.ErrNotAwaited) {
			return 0, err
		}
		if err == nil && int64(len(data)) != r.End.Offset-r.Start {
			err = fmt.Errorf("%s: %w: other bytes than were put aside", r.Key, object.ErrDamaged)
		}
		if err == nil {
			return copy(p, data[offset-r.Start:]), nil
		}
		if r.Intent && errors.Is(err, s3.ErrNotThere) {
			f.aside.drop(r) // the process ended before it was stored
			continue
		}
		errs = append(errs, err)
	}
	return 0, errors.Join(errs...)
}

// NextData passes over holes.
func (f *file) NextData(offset int64) (int64, error) {
	for {
		end := f.aside.hole(f.generation, offset)
		if end == 0 {
			break
		}
		offset = end
	}
	if _, end, ok := f.aside.Span(f.generation, offset); !ok || end <= offset {
		return -1, nil
	}
	return offset, nil
}

// Stat says how much there is; whatever file it was has no name any more.
func (f *file) Stat() (vfs.Info, error) {
	_, end, _ := f.aside.Span(f.generation, 0)
	return vfs.Info{Kind: vfs.Regular, Size: end}, nil
}

// Close makes room for what others read.
func (f *file) Close() error {
	f.aside.cache.Leave(f.reader)
	return nil
}
