package tally

import "hash/crc32"

// Tally is what was counted of a generation up to a position. The zero value has
// counted nothing, wherever the position is.
type Tally struct {
	Bytes   int64 // counted, that is the last so many before the position
	Records int64 // delivered, or put into quarantine
	// First and Last are the output's own offsets of the first and last record,
	// in Partition. Valid if Placed.
	First, Last int64
	Checksum    uint32 // CRC-32C of the counted bytes, valid if Summed
	Partition   int32
	Flags       uint8 // of the constants below
}

// What is so of a Tally.
const (
	// Summed: Checksum is that of all counted bytes.
	Summed = 1 << iota
	// Placed: First, Last and Partition are known of all records.
	Placed
	// Scattered: the records are in more than one partition, or the output did
	// not say where of some.
	Scattered
	// Announced: it was told that the generation is complete at this position.
	Announced
)

// Place is where an output put the records of a segment: the first one, and the
// others behind it without a gap. The zero value says that it is not known.
type Place struct {
	Partition int32
	First     int64
	Known     bool
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Add returns the tally after a segment: its bytes, of which data is nil if it is
// a gap, and its records. sum says that a checksum is wanted.
func (t Tally) Add(bytes int64, data []byte, records int, at Place, sum bool) Tally {
	switch whole := int64(len(data)) == bytes; {
	case !sum || !whole: // of a gap there is nothing to sum up, and it may be huge
		t.Flags &^= Summed
		t.Checksum = 0
	case t.Bytes == 0 || t.Flags&Summed != 0:
		t.Flags |= Summed
		t.Checksum = crc32.Update(t.Checksum, castagnoli, data)
	}
	t.Bytes += bytes
	t.Flags &^= Announced
	if records == 0 {
		return t
	}
	t.Records += int64(records)
	switch {
	case t.Flags&Scattered != 0:
	case !at.Known, t.Flags&Placed != 0 && at.Partition != t.Partition, t.Flags&Placed == 0 && t.Records > int64(records):
		t.Flags = t.Flags&^Placed | Scattered
		t.First, t.Last, t.Partition = 0, 0, 0
	default:
		if t.Flags&Placed == 0 {
			t.First, t.Partition = at.First, at.Partition
		}
		t.Flags |= Placed
		t.Last = at.First + int64(records) - 1
	}
	return t
}

// Has tells whether all of the flags are set.
func (t *Tally) Has(f uint8) bool { return t.Flags&f == f }
