package recordbatch

import (
	"encoding/binary"
	"math"
	"slices"

	"shipper/inputs"
)

// attributes is the first byte of a record after its length. No attribute of a
// record is defined.
const attributes = 0

// appendLines appends the plain lines of s in format Raw: the hot path. All
// records of the segment have one timestamp and the same headers but for the
// offset in id.
//
// The room for all of them is made before the first: no line may take more than
// its own bytes and overhead, so that the loop writes by position and checks no
// capacity.
func (e *Encoder) appendLines(dst []byte, s *inputs.Segment, timestamp int64, h *header) ([]byte, error) {
	t := &e.template
	h.maxTime = max(h.maxTime, timestamp)

	var middle [16]byte // attributes and timestamp delta: up to 11 bytes
	before := appendVarint(append(middle[:0], attributes), timestamp-h.baseTime)

	overhead := maxVarint + len(before) + maxVarint + len(t.key) + maxVarint + len(t.tail)
	room := len(s.Data) + len(s.Ends)*overhead
	if room > math.MaxInt32 {
		return nil, ErrTooLarge
	}
	base := len(dst)
	dst = slices.Grow(dst, room)
	buf := dst[base : base+room]

	// The bytes of a record that are the same for all: the lengths of offset
	// delta and value are added per line.
	constant := len(before) + len(t.key) + len(t.tail)
	// Where the offset goes, from the end of the record.
	offsetAt := len(t.headers) - idAt
	p, delta, start := 0, h.records, 0
	for _, end := range s.Ends {
		value := s.Data[start : end-1]
		length := constant + varintLen(delta) + varintLen(len(value)) + len(value)
		p = putVarint(buf, p, length)
		p += copy(buf[p:], before)
		p = putVarint(buf, p, delta)
		p += copy(buf[p:], t.key)
		p = putVarint(buf, p, len(value))
		p += copy(buf[p:], value)
		p += copy(buf[p:], t.tail)
		if t.id {
			binary.BigEndian.PutUint64(buf[p-offsetAt:], uint64(s.Start)+uint64(start))
		}
		start = int(end)
		delta++
	}
	h.records = delta
	return dst[:base+p], nil
}
