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

// narrow and wide are the sizes of fixed copies: a run of bytes that is no
// longer is copied at that size, which the compiler makes into one or two moves
// in place of a call. What is written too much is overwritten by what follows.
const narrow, wide = 16, 32

// appendLines appends the plain lines of s in format Raw: the hot path. All
// records of the segment have one timestamp and the same headers but for the
// offset in id.
//
// The room for all of them is made before the first: no line may take more than
// its own bytes and overhead, so that the loop writes by position and grows
// nothing.
func (e *Encoder) appendLines(dst []byte, s *inputs.Segment, timestamp int64, h *header) ([]byte, error) {
	t := &e.template
	h.maxTime = max(h.maxTime, timestamp)

	var before, key [narrow]byte // attributes and timestamp delta, up to 11 bytes; key
	beforeLen := len(appendVarint(append(before[:0], attributes), timestamp-h.baseTime))
	keyLen := copy(key[:], t.key)
	var tail [wide]byte
	tailLen := copy(tail[:], t.tail)
	short := keyLen == len(t.key) && tailLen == len(t.tail)

	overhead := maxVarint + beforeLen + maxVarint + len(t.key) + maxVarint + len(t.tail)
	room := len(s.Data) + len(s.Ends)*overhead + wide
	if room > math.MaxInt32 {
		return nil, ErrTooLarge
	}
	base := len(dst)
	dst = slices.Grow(dst, room)
	buf := dst[base : base+room]

	// The bytes of a record that are the same for all: the lengths of offset
	// delta and value are added per line.
	constant := beforeLen + len(t.key) + len(t.tail)
	// Where the offset goes, from the end of the record.
	offsetAt := len(t.headers) - idAt
	p, delta, start := 0, h.records, 0
	for _, end := range s.Ends {
		value := s.Data[start : end-1]
		p = putVarint(buf, p, constant+varintLen(delta)+varintLen(len(value))+len(value))
		*(*[narrow]byte)(buf[p:]) = before
		p = putVarint(buf, p+beforeLen, delta)
		if short {
			*(*[narrow]byte)(buf[p:]) = key
			p = putVarint(buf, p+keyLen, len(value))
			p += copy(buf[p:], value)
			*(*[wide]byte)(buf[p:]) = tail
			p += tailLen
		} else {
			p += copy(buf[p:], t.key)
			p = putVarint(buf, p, len(value))
			p += copy(buf[p:], value)
			p += copy(buf[p:], t.tail)
		}
		if t.id {
			binary.BigEndian.PutUint64(buf[p-offsetAt:], uint64(s.Start)+uint64(start))
		}
		start = int(end)
		delta++
	}
	h.records = delta
	return dst[:base+p], nil
}
