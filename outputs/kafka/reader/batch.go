package reader

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"

	"shipper/inputs"
	"shipper/outputs"
)

var (
	errDamaged = errors.New("a batch is damaged: its checksum or its records are not what they should be")
	castagnoli = crc32.MakeTable(crc32.Castagnoli)
)

// headerLength is what precedes a batch's records.
const headerLength = 61

const (
	attrCodec         = 0x07
	attrAppendTime    = 0x08
	attrTransactional = 0x10
	attrControl       = 0x20
)

// batch is the header of a record batch, and its records.
type batch struct {
	base, last int64 // positions
	attributes int16
	baseTime   int64
	maxTime    int64
	producer   int64
	count      int32
	records    []byte // compressed
}

// nextBatch takes the first whole batch off data. ok is false if there is none:
// brokers cut the last one short.
func nextBatch(data []byte) (b batch, rest []byte, ok bool, err error) {
	if len(data) < headerLength {
		return b, nil, false, nil
	}
	length := int(int32(binary.BigEndian.Uint32(data[8:]))) + 12
	if length > len(data) {
		return b, nil, false, nil
	}
	if length < headerLength || data[16] != 2 {
		return b, nil, false, fmt.Errorf("a batch of format %d, of %d bytes: only format 2 is read", data[16], length)
	}
	if crc32.Checksum(data[21:length], castagnoli) != binary.BigEndian.Uint32(data[17:]) {
		return b, nil, false, errDamaged
	}
	b = batch{
		base: int64(binary.BigEndian.Uint64(data)), attributes: int16(binary.BigEndian.Uint16(data[21:])),
		baseTime: int64(binary.BigEndian.Uint64(data[27:])), maxTime: int64(binary.BigEndian.Uint64(data[35:])),
		producer: int64(binary.BigEndian.Uint64(data[43:])), count: int32(binary.BigEndian.Uint32(data[57:])),
		records: data[headerLength:length],
	}
	b.last = b.base + int64(binary.BigEndian.Uint32(data[23:]))
	return b, data[length:], true, nil
}

// decompressor keeps its decoders from one batch to the next.
type decompressor struct {
	zstd *zstd.Decoder
	gzip *gzip.Reader
	lz4  *lz4.Reader
}

// mostDecoded bounds what a batch may decompress to: brokers take none that is
// larger than some megabytes, compressed.
const mostDecoded = 256 << 20

// expand appends the batch's records to dst, decompressed.
func (d *decompressor) expand(dst []byte, b *batch) ([]byte, error) {
	switch b.attributes & attrCodec {
	case 0:
		return append(dst, b.records...), nil
	case 1:
		var err error
		if d.gzip == nil {
			d.gzip, err = gzip.NewReader(bytes.NewReader(b.records))
		} else {
			err = d.gzip.Reset(bytes.NewReader(b.records))
		}
		if err != nil {
			return nil, err
		}
		return readAll(dst, d.gzip)
	case 2:
		return unsnappy(dst, b.records)
	case 3:
		if d.lz4 == nil {
			d.lz4 = lz4.NewReader(nil)
		}
		d.lz4.Reset(bytes.NewReader(b.records))
		return readAll(dst, d.lz4)
	case 4:
		if d.zstd == nil {
			var err error
			if d.zstd, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(mostDecoded)); err != nil {
				return nil, err
			}
		}
		return d.zstd.DecodeAll(b.records, dst)
	}
	return nil, fmt.Errorf("compression %d is not known", b.attributes&attrCodec)
}

// readAll appends all of r to dst.
func readAll(dst []byte, r io.Reader) ([]byte, error) {
	begun := len(dst)
	for {
		if len(dst) == cap(dst) {
			dst = append(dst, 0)[:len(dst)]
		}
		n, err := r.Read(dst[len(dst):cap(dst)])
		dst = dst[:len(dst)+n]
		switch {
		case errors.Is(err, io.EOF):
			return dst, nil
		case err != nil:
			return nil, err
		case len(dst)-begun > mostDecoded:
			return nil, errDamaged
		}
	}
}

// unsnappy reads both forms: one block, or Java's frames of blocks.
func unsnappy(dst, b []byte) ([]byte, error) {
	magic := []byte{0x82, 'S', 'N', 'A', 'P', 'P', 'Y', 0}
	blocks := [][]byte{b}
	if bytes.HasPrefix(b, magic) && len(b) >= 16 {
		blocks = nil
		for b = b[16:]; len(b) >= 4; {
			n := int(binary.BigEndian.Uint32(b))
			if n < 0 || n > len(b)-4 {
				return nil, errDamaged
			}
			blocks = append(blocks, b[4:4+n])
			b = b[4+n:]
		}
	}
	for _, block := range blocks {
		n, err := snappy.DecodedLen(block)
		if err != nil || n > mostDecoded {
			return nil, errDamaged
		}
		plain, err := snappy.Decode(nil, block)
		if err != nil {
			return nil, err
		}
		dst = append(dst, plain...)
	}
	return dst, nil
}

func (d *decompressor) close() {
	if d.zstd != nil {
		d.zstd.Close()
	}
}

// fields reads varints one after the other; bad is set when they run out.
type fields struct {
	b   []byte
	bad bool
}

func (f *fields) varint() int64 {
	v, n := binary.Varint(f.b)
	if n <= 0 {
		f.bad = true
		return 0
	}
	f.b = f.b[n:]
	return v
}

// bytes reads a length and so many bytes, nil for a length below 0.
func (f *fields) bytes() []byte {
	n := f.varint()
	if n < 0 || f.bad {
		return nil
	}
	if n > int64(len(f.b)) {
		f.bad = true
		return nil
	}
	v := f.b[:n]
	f.b = f.b[n:]
	return v
}

// each calls use for each of the batch's expanded records that is not before from.
func (b *batch) each(records []byte, from int64, k *outputs.Kept, use func(*outputs.Kept) error) error {
	f := fields{b: records}
	for range b.count {
		length := f.varint()
		if f.bad || length < 1 || length > int64(len(f.b)) {
			return errDamaged
		}
		r := fields{b: f.b[1:length]} // behind the attributes, which mean nothing yet
		f.b = f.b[length:]
		milliseconds := b.baseTime + r.varint()
		if b.attributes&attrAppendTime != 0 {
			milliseconds = b.maxTime
		}
		*k = outputs.Kept{Shard: k.Shard, Position: b.base + r.varint(), Time: time.UnixMilli(milliseconds)}
		r.bytes() // key
		k.Value = r.bytes()
		for range r.varint() {
			if r.bad {
				break
			}
			header(k, r.bytes(), r.bytes())
		}
		if r.bad {
			return errDamaged
		}
		if k.Position < from {
			continue
		}
		if err := use(k); err != nil {
			return err
		}
	}
	return nil
}

// header takes in what one header says of the record.
func header(k *outputs.Kept, key, value []byte) {
	switch string(key) {
	case "id":
		if len(value) == 16 {
			k.HasID = true
			k.Generation, k.Offset = binary.BigEndian.Uint64(value), int64(binary.BigEndian.Uint64(value[8:]))
		}
	case "late":
		k.Late = true
	case "quarantine-record":
		k.Quarantined = value
	case "partial":
		k.Piece = inputs.PiecePartial
	case "split":
		for _, p := range []inputs.Piece{inputs.PieceFirst, inputs.PieceMiddle, inputs.PieceLast} {
			if string(value) == p.HeaderValue() {
				k.Piece = p
			}
		}
	}
}
