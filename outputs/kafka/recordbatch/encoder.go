// Package recordbatch encodes Kafka record batches (magic 2).
package recordbatch

import (
	"errors"

	"shipper/outputs"
)

// Producer is what a batch carries of its producer.
type Producer struct {
	ID       int64
	Epoch    int16
	Sequence int32 // of the batch's first record
}

// Codec is how a batch is compressed.
type Codec int8

// The codecs, by their number in the batch's attributes.
const (
	None   Codec = 0
	Snappy Codec = 2
	LZ4    Codec = 3
	Zstd   Codec = 4
)

// Format is what a record's value holds.
type Format uint8

// The formats: the line as it is, or a JSON object around it.
const (
	Raw Format = iota
	JSON
)

// Options of an Encoder.
type Options struct {
	Codec    Codec
	Format   Format
	RecordID bool // add the header `id`
}

// Encoder turns batches into record batches. It is for one goroutine.
type Encoder struct{}

// NewEncoder makes an encoder with its buffers.
func NewEncoder(o Options) *Encoder { return &Encoder{} }

// Encode returns the record batch of b. The bytes belong to the encoder and are
// valid until its next call.
func (e *Encoder) Encode(b *outputs.Batch, p Producer) ([]byte, error) {
	return nil, errors.New("not built yet")
}
