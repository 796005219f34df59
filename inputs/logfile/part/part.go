package part

import (
	"bytes"
	"sync"

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
