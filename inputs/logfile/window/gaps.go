package window

import (
	"sync"

	"shipper/inputs/logfile/vfs"
)

// scratch is what a file is looked through with.
type scratch [64 << 10]byte

var scratches = sync.Pool{New: func() any { return new(scratch) }}

// trailing is the number of NULs at the end of b.
func trailing(b []byte) int {
	n := len(b)
	for n > 0 && b[n-1] == 0 {
		n--
	}
	return len(b) - n
}

// behind finds the first byte from offset on that is not NUL, -1 if there is
// none, and where the file ends if so. hole tells that nothing was ever written
// at offset.
func behind(h vfs.File, offset int64) (next, end int64, hole bool, err error) {
	b := scratches.Get().(*scratch)
	defer scratches.Put(b)
	sparse, _ := h.(vfs.Sparse)
	for first := true; ; first = false {
		if sparse != nil {
			data, err := sparse.NextData(offset)
			if err == nil && data < 0 {
				info, err := h.Stat()
				return -1, max(offset, info.Size), hole || first, err
			}
			if err == nil && data > offset {
				offset, hole = data, hole || first
			}
		}
		n, err := h.Pread(b[:], offset)
		if err != nil {
			return 0, 0, false, err
		}
		for i, c := range b[:n] {
			if c != 0 {
				return offset + int64(i), 0, hole, nil
			}
		}
		if offset += int64(n); n < len(b) {
			return -1, offset, hole, nil
		}
	}
}

// gapAt tells where the gap ends that begins at the position, if there is one,
// else returns the position itself.
func gapAt(h vfs.File, pos int64, sealed bool) (int64, error) {
	next, end, hole, err := behind(h, pos)
	switch {
	case err != nil:
	case next < 0 && sealed:
		return end, nil
	case next > pos && (hole || pos == 0):
		return next, nil
	}
	return pos, err
}
