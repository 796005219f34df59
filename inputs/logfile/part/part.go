package part

import (
	"bytes"
	"fmt"
	"sync"

	"shipper/inputs/logfile/split"
	"shipper/inputs/logfile/vfs"
)

// File is a file of which nothing is seen from End on.
type File struct {
	vfs.File
	End int64
}

// Pread implements vfs.File.
func (f File) Pread(p []byte, offset int64) (int, error) {
	if left := max(0, f.End-offset); int64(len(p)) > left {
		p = p[:left]
	}
	if len(p) == 0 {
		return 0, nil
	}
	return f.File.Pread(p, offset)
}

// Stat implements vfs.File.
func (f File) Stat() (vfs.Info, error) {
	info, err := f.File.Stat()
	info.Size = min(info.Size, f.End)
	return info, err
}

// NextData implements vfs.Sparse.
func (f File) NextData(offset int64) (int64, error) {
	sparse, ok := f.File.(vfs.Sparse)
	if !ok {
		return offset, nil
	}
	data, err := sparse.NextData(offset)
	if data >= f.End {
		data = -1
	}
	return data, err
}

// scratch is what a file is looked through with.
type scratch [64 << 10]byte

var scratches = sync.Pool{New: func() any { return new(scratch) }}

// LineEnd is the end of the line that holds the byte before offset, in a file of
// size bytes.
func LineEnd(f vfs.File, offset, size int64) (int64, error) {
	b := scratches.Get().(*scratch)
	defer scratches.Put(b)
	for at := max(0, offset-1); at < size; {
		n, err := f.Pread(b[:], at)
		if err != nil || n == 0 {
			return size, err
		}
		if i := bytes.IndexByte(b[:n], '\n'); i >= 0 {
			return at + int64(i) + 1, nil
		}
		at += int64(n)
	}
	return size, nil
}

// Bounds moves start back to the start of its line and end forward to the end of its
// line. An end of 0 is the end of the file, of size bytes; of one that is written to it
// is the last newline.
func Bounds(f vfs.File, size, start, end int64, written bool) (from, to int64, err error) {
	switch {
	case end < 0 || start < 0 || (end > 0 && end <= start):
		return 0, 0, fmt.Errorf("from %d to %d is no part of a file", start, end)
	case end == 0 && written:
		back, err := split.LineBefore(f, size, size)
		if err != nil {
			return 0, 0, err
		}
		end = size - back
	case end == 0 || end >= size: // not looked for: to read there is to decompress all before it
		end = size
	default:
		if end, err = LineEnd(f, end, size); err != nil {
			return 0, 0, err
		}
	}
	start = min(start, end)
	back, err := split.LineBefore(f, start, start)
	return start - back, end, err
}
