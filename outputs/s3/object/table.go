package object

import (
	"encoding/binary"
	"fmt"

	"shipper/inputs"
)

// Bits of a record's byte in the table, see the package comment.
const (
	pieceBits   = 0x07
	sourceShift = 3
	sourceBits  = 0x03
	cutBit      = 0x20
	timeBit     = 0x40
	joinedBit   = 0x80
)

// appendTable writes the records of a segment that are not simply its lines.
func appendTable(b []byte, s *inputs.Segment) []byte {
	end := int64(0)
	for i := range s.Records {
		r := &s.Records[i]
		b = binary.AppendVarint(b, int64(r.Start)-end)
		b = binary.AppendUvarint(b, uint64(r.End-r.Start))
		end = int64(r.End)
		bits := byte(r.Piece)&pieceBits | byte(r.Source)&sourceBits<<sourceShift
		if r.Cut {
			bits |= cutBit
		}
		if r.Time != 0 {
			bits |= timeBit
		}
		if r.Joined != 0 {
			bits |= joinedBit
		}
		b = append(b, bits)
		if r.Time != 0 {
			b = binary.AppendVarint(b, r.Time)
		}
		if r.Joined != 0 {
			v := s.Joined[r.Joined-1]
			b = append(binary.AppendUvarint(b, uint64(len(v))), v...)
		}
	}
	return b
}

// readTable gives s, whose Data is there, the records of a table.
func readTable(b []byte, count int, s *inputs.Segment) error {
	t := table{b: b}
	end := int64(0)
	s.Records = make([]inputs.Record, 0, min(count, len(b)))
	for range count {
		start := end + t.varint()
		end = start + int64(t.uvarint())
		bits := t.byte()
		if t.short || start < 0 || end < start || end > int64(len(s.Data)) {
			return fmt.Errorf("%w: record %d lies outside of the bytes", ErrDamaged, len(s.Records))
		}
		r := inputs.Record{
			Start: uint32(start), End: uint32(end), Piece: inputs.Piece(bits & pieceBits),
			Source: inputs.Source(bits >> sourceShift & sourceBits), Cut: bits&cutBit != 0,
		}
		if bits&timeBit != 0 {
			r.Time = t.varint()
		}
		if bits&joinedBit != 0 {
			s.Joined = append(s.Joined, t.bytes(t.uvarint()))
			r.Joined = uint32(len(s.Joined))
		}
		s.Records = append(s.Records, r)
	}
	if t.short || len(t.b) > 0 {
		return fmt.Errorf("%w: the table does not hold %d records", ErrDamaged, count)
	}
	return nil
}

// table takes values from the front of b.
type table struct {
	b     []byte
	short bool // a value was missing
}

func (t *table) uvarint() uint64 {
	v, n := binary.Uvarint(t.b)
	return v * uint64(t.took(n))
}

func (t *table) varint() int64 {
	v, n := binary.Varint(t.b)
	return v * int64(t.took(n))
}

// took drops n bytes; it returns 0 if there were none to take, else 1.
func (t *table) took(n int) int {
	if n <= 0 {
		t.short = true
		return 0
	}
	t.b = t.b[n:]
	return 1
}

func (t *table) byte() byte {
	b := t.bytes(1)
	if len(b) == 0 {
		return 0
	}
	return b[0]
}

func (t *table) bytes(n uint64) []byte {
	if n > uint64(len(t.b)) {
		t.short = true
		return nil
	}
	b := t.b[:n]
	t.b = t.b[n:]
	return b
}
