package inputs

// Buffer is the memory that one batch is read into. Its owner (a lane) resets
// it before each batch; the segments cut from it are valid until then. Readers
// append to the slices and never move Data: what does not fit is left for the
// next batch.
type Buffer struct {
	Data    []byte
	Ends    []uint32
	Records []Record
}

// NewBuffer allocates a buffer for size bytes of file data.
func NewBuffer(size int) *Buffer {
	return &Buffer{Data: make([]byte, 0, size), Ends: make([]uint32, 0, size/128)}
}

// Reset empties the buffer and keeps its memory.
func (b *Buffer) Reset() {
	b.Data, b.Ends, b.Records = b.Data[:0], b.Ends[:0], b.Records[:0]
}

// Free is the number of file bytes that still fit.
func (b *Buffer) Free() int { return cap(b.Data) - len(b.Data) }
