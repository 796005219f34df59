package logfile

import (
	"sync"

	"shipper/inputs"
	"shipper/inputs/logfile/split"
	"shipper/inputs/logfile/vfs"
)

// NULs at the end of a file are not data yet: network file systems can show the
// new size before the bytes, and some applications reserve room for what they
// will write. They are left until something other is behind them or the file is
// sealed.
//
// A hole, and NULs at the very start of a generation, are no data either: they
// are left by a writer that goes on at its old place after the file was truncated.
// All other NULs are bytes like any.

type scratch [64 << 10]byte

var scratches = sync.Pool{New: func() any { return new(scratch) }}

// trailingNULs is the number of NULs at the end of b.
func trailingNULs(b []byte) int {
	n := len(b)
	for n > 0 && b[n-1] == 0 {
		n--
	}
	return len(b) - n
}

// behindNULs finds the first byte from offset on that is not NUL, -1 if there is
// none, and where the file ends if so. hole tells that nothing was ever written
// at offset.
func behindNULs(h *handle, offset int64) (next, end int64, hole bool, err error) {
	b := scratches.Get().(*scratch)
	defer scratches.Put(b)
	sparse, _ := h.File.(vfs.Sparse)
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
func gapAt(h *handle, pos int64, sealed bool) (int64, error) {
	next, end, hole, err := behindNULs(h, pos)
	switch {
	case err != nil:
	case next < 0 && sealed:
		return end, nil
	case next > pos && (hole || pos == 0):
		return next, nil
	}
	return pos, err
}

// passGap makes the segment that moves a route's position over a gap. It has no
// data, and no proof but the head: NULs are the same everywhere.
func (c *Cursor) passGap(f *file, h *handle, truncations, seq uint32, start, end int64) (inputs.Segment, outcome, error) {
	o := c.out
	seg := inputs.Segment{Start: start, End: end, Records: []inputs.Record{}}
	o.file, o.start, o.end, o.seq, o.at, o.gap = f, start, end, seq, c.in.now(), true
	o.after = positionAfter(end, nil)
	o.proven = max(o.proven, end)
	c.last = lastReadOf(end, split.Open, true)
	err := c.complete(&seg, f, h, truncations)
	return seg, gotRecords, err
}

// repeatGap makes the segment of a gap once more, if it is still there.
func (c *Cursor) repeatGap(f *file, truncations, seq uint32, start, end int64) (inputs.Segment, error) {
	h, err := c.in.acquire(f, false)
	if err != nil {
		return inputs.Segment{}, err
	}
	defer c.in.env.Descriptors.release(h)
	next, last, _, err := behindNULs(h, start)
	if err == nil && ((next >= 0 && next < end) || (next < 0 && last < end)) {
		err = errGone
	}
	if err != nil {
		return inputs.Segment{}, err
	}
	c.begin()
	seg, _, err := c.passGap(f, h, truncations, seq, start, end)
	return seg, err
}

// lastRead is what can't be seen in the bytes that a Read returned, for a Repeat:
// where they end, and how. It is kept small, being part of every cursor.
type lastRead uint64

const (
	lastGap    = 1 << 0
	lastEnding = 1 // bits to shift
	lastEnd    = 4
)

func lastReadOf(end int64, ending split.Ending, gap bool) lastRead {
	l := lastRead(end)<<lastEnd | lastRead(ending)<<lastEnding
	if gap {
		l |= lastGap
	}
	return l
}

func (l lastRead) end() int64           { return int64(l >> lastEnd) }
func (l lastRead) ending() split.Ending { return split.Ending(l >> lastEnding & 7) }
func (l lastRead) gap() bool            { return l&lastGap != 0 }
