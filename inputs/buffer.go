package inputs

import "math"

// Buffer is the memory that one batch is read into. Its owner (a lane) resets
// it before each batch; the segments cut from it are valid until then. Readers
// append to the slices and never move Data: what does not fit is left for the
// next batch.
type Buffer struct {
	Data    []byte
	Ends    []uint32
	Records []Record
	// Joined are values that are not one run of Data; their bytes are in Arena,
	// which is never longer than Data.
	Joined [][]byte
	Arena  []byte
	// MaxRecords bounds the records of a batch, 0 for no bound: short lines
	// take more room in a batch than in their file.
	MaxRecords int
}

// NewBuffer allocates a buffer for size bytes of file data.
func NewBuffer(size int) *Buffer {
	return &Buffer{Data: make([]byte, 0, size), Ends: make([]uint32, 0, size/128)}
}

// Reset empties the buffer and keeps its memory.
func (b *Buffer) Reset() {
	b.Data, b.Ends, b.Records = b.Data[:0], b.Ends[:0], b.Records[:0]
	b.Joined, b.Arena = b.Joined[:0], b.Arena[:0]
}

// RecordsLeft is the number of records that still fit.
func (b *Buffer) RecordsLeft() int {
	if b.MaxRecords == 0 {
		return math.MaxInt
	}
	return max(0, b.MaxRecords-len(b.Ends)-len(b.Records))
}

// Free is the number of file bytes that still fit.
func (b *Buffer) Free() int { return cap(b.Data) - len(b.Data) }
