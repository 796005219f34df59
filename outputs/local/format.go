package local

import (
	"shipper/inputs"
	"shipper/outputs"
	"shipper/outputs/envelope"
)

// chunkBytes is how much an encoder gathers before it emits. One record may
// make a chunk longer.
const chunkBytes = 64 << 10

// encoder turns batches into lines. It is for one goroutine.
type encoder struct {
	json   bool // make JSON objects
	buf    []byte
	object envelope.Envelope
}

// encode emits the lines of b in order, in chunks that are valid during the
// call. The same batch always makes the same bytes. It stops at emit's error.
func (e *encoder) encode(b *outputs.Batch, emit func([]byte) error) error {
	e.buf = e.buf[:0]
	for i := range b.Segments {
		seg := &b.Segments[i]
		if err := e.segment(b, seg, emit); err != nil {
			return err
		}
	}
	return e.flush(emit)
}

func (e *encoder) segment(b *outputs.Batch, seg *inputs.Segment, emit func([]byte) error) error {
	if !e.json && seg.Records == nil && len(seg.Ends) > 0 {
		// Plain lines in raw format are the file's own bytes.
		if err := e.flush(emit); err != nil {
			return err
		}
		return emit(seg.Data[:seg.Ends[len(seg.Ends)-1]])
	}
	if e.json {
		e.object.For(seg.Gen)
	}
	for i := range seg.Len() {
		_, value, _ := seg.At(i)
		if e.json {
			e.buf = e.object.Append(e.buf, value, timestamp(b, seg, i))
		} else {
			e.buf = append(e.buf, value...)
		}
		if e.buf = append(e.buf, '\n'); len(e.buf) >= chunkBytes {
			if err := e.flush(emit); err != nil {
				return err
			}
		}
	}
	return nil
}

func (e *encoder) flush(emit func([]byte) error) error {
	if len(e.buf) == 0 {
		return nil
	}
	err := emit(e.buf)
	if e.buf = e.buf[:0]; cap(e.buf) > 16*chunkBytes {
		e.buf = nil // one huge record is no reason to keep its memory
	}
	return err
}

// timestamp is the time of record i in milliseconds since 1970.
func timestamp(b *outputs.Batch, seg *inputs.Segment, i int) int64 {
	if seg.Records != nil && seg.Records[i].Time != 0 {
		return seg.Records[i].Time
	}
	if seg.Time != 0 {
		return seg.Time
	}
	return b.Time.UnixMilli()
}
