package recordbatch

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math"

	"shipper/inputs"
	"shipper/outputs"
	"shipper/outputs/envelope"
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
	// Batches of up to so many bytes of files in so many records are ordinary:
	// an encoder keeps the memory that it needs for one.
	BatchBytes, BatchRecords int
}

// The keys of the headers that an Encoder adds by itself.
const (
	HeaderID      = "id"
	HeaderLate    = "late"
	HeaderSplit   = "split"
	HeaderPartial = "partial"
	HeaderStream  = "stream" // stdout or stderr
	HeaderCut     = "cut"    // timeout: more of the record may follow as one of its own
)

var (
	// ErrNoRecords is returned by Encode for a batch that delivers no record:
	// Kafka has no such batches.
	ErrNoRecords = errors.New("the batch has no records")
	// ErrTooLarge is returned by Encode for a batch whose records take more
	// than the 2 GiB that the format can express.
	ErrTooLarge = errors.New("the batch takes more than 2 GiB")
)

// Encoder turns batches into record batches. It is for one goroutine.
type Encoder struct {
	options  Options
	template template
	envelope envelope.Envelope
	value    []byte // the value being built, in format JSON
	keep     int    // capacity up to which plain and packed are kept from batch to batch
	plain    []byte // without compression every batch since Reset, else the one at work
	packed   []byte // with compression every batch since Reset
	compress compressor
}

// NewEncoder makes an encoder. It allocates its buffers when they are first
// needed.
func NewEncoder(o Options) *Encoder {
	return &Encoder{options: o, keep: max(minKeep, o.packedBytes())}
}

// Reset begins a new request: the record batches made so far are no longer
// needed.
func (e *Encoder) Reset() {
	e.plain, e.packed = e.recycle(e.plain), e.recycle(e.packed)
}

// Encode returns the record batch of b, and an error only for a batch that
// can't be expressed. b.Time must be set. The bytes belong to the encoder and
// are valid until Reset, so that several batches can go into one request; the
// encoder keeps nothing of b.
func (e *Encoder) Encode(b *outputs.Batch, p Producer) ([]byte, error) {
	h := header{producer: p, codec: e.options.Codec}
	if h.codec != None {
		e.plain = e.recycle(e.plain)
	}
	start := len(e.plain)
	dst, err := e.appendBatch(e.plain, b, &h)
	if err != nil {
		return nil, fmt.Errorf("encode record batch: %w", err)
	}
	e.plain = dst
	raw := dst[start:len(dst):len(dst)]
	if h.codec != None {
		start = len(e.packed)
		out, err := e.compress.append(append(e.packed, raw[:headerBytes]...), raw[headerBytes:], h.codec)
		if err != nil {
			return nil, fmt.Errorf("compress record batch: %w", err)
		}
		e.packed = out
		raw = out[start:len(out):len(out)]
	}
	if len(raw) > math.MaxInt32 {
		return nil, fmt.Errorf("encode record batch: %w", ErrTooLarge)
	}
	h.put(raw)
	return raw, nil
}

// appendBatch appends room for the batch header and the records of b, and notes
// in h what the header will say of them.
func (e *Encoder) appendBatch(dst []byte, b *outputs.Batch, h *header) ([]byte, error) {
	batchTime := b.Time.UnixMilli()
	dst = append(dst, make([]byte, headerBytes)...)
	for i := range b.Segments {
		s := &b.Segments[i]
		if s.Len() == 0 {
			continue
		}
		segmentTime := batchTime
		if s.Time != 0 {
			segmentTime = s.Time
		}
		if h.records == 0 {
			h.baseTime = firstTime(s, segmentTime)
			h.maxTime = h.baseTime
		}
		err := e.template.build(s, e.options.RecordID)
		switch {
		case err != nil:
		case s.Records == nil && e.options.Format == Raw:
			dst, err = e.appendLines(dst, s, segmentTime, h)
		default:
			dst, err = e.appendRecords(dst, s, segmentTime, h)
		}
		if err != nil {
			return nil, err
		}
	}
	if h.records == 0 {
		return nil, ErrNoRecords
	}
	return dst, nil
}

// recycle empties a buffer, and drops it if an extraordinary batch made it
// large.
func (e *Encoder) recycle(buf []byte) []byte {
	if cap(buf) > e.keep {
		return nil
	}
	return buf[:0]
}

// firstTime is the timestamp of the first record of s, which has one.
func firstTime(s *inputs.Segment, segmentTime int64) int64 {
	if s.Records != nil && s.Records[0].Time != 0 {
		return s.Records[0].Time
	}
	return segmentTime
}

// headerBytes is the length of what precedes the records in a batch.
const headerBytes = 61

// Offsets in the batch header.
const (
	atLength      = 8 // of what follows these four bytes
	atLeaderEpoch = 12
	atMagic       = 16
	atChecksum    = 17 // CRC32C of all that follows it
	atAttributes  = 21
	atLastOffset  = 23 // delta of the last record
	atBaseTime    = 27
	atMaxTime     = 35
	atProducerID  = 43
	atEpoch       = 51
	atSequence    = 53
	atRecords     = 57
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// header is what the batch header says of the records.
type header struct {
	producer          Producer
	codec             Codec
	baseTime, maxTime int64 // milliseconds since 1970
	records           int   // so far; the offset delta of the next one
}

// put writes the header of batch, whose records are complete.
func (h *header) put(batch []byte) {
	put := binary.BigEndian
	put.PutUint64(batch, 0) // base offset: the broker's to give
	put.PutUint32(batch[atLength:], uint32(len(batch)-atLength-4))
	put.PutUint32(batch[atLeaderEpoch:], math.MaxUint32) // -1: the broker's to give
	batch[atMagic] = 2
	put.PutUint16(batch[atAttributes:], uint16(h.codec)) // timestamp type 0: CreateTime
	put.PutUint32(batch[atLastOffset:], uint32(h.records-1))
	put.PutUint64(batch[atBaseTime:], uint64(h.baseTime))
	put.PutUint64(batch[atMaxTime:], uint64(h.maxTime))
	put.PutUint64(batch[atProducerID:], uint64(h.producer.ID))
	put.PutUint16(batch[atEpoch:], uint16(h.producer.Epoch))
	put.PutUint32(batch[atSequence:], uint32(h.producer.Sequence))
	put.PutUint32(batch[atRecords:], uint32(h.records))
	put.PutUint32(batch[atChecksum:], crc32.Checksum(batch[atAttributes:], castagnoli))
}
