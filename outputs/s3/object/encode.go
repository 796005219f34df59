package object

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"maps"
	"slices"
	"strconv"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"shipper/inputs"
)

const (
	// MaxRaw bounds the bytes of one object: a reader holds them in memory.
	MaxRaw = 64 << 20
	// maxMeta is how much metadata may take; stores allow 2048 bytes, names
	// included, and some count a prefix with each.
	maxMeta = 1536
	// noteworthy is the length from which a value becomes a note if it does not fit.
	noteworthy = 48
	// window is how far back zstd looks for repetitions: memory of encoder and
	// decoder. More makes objects of lines hardly smaller.
	window = 1 << 20

	skippable  = 0x184D2A5B
	noteMagic  = "shpr"
	noteMeta   = 'M'
	noteTable  = 'R'
	noteHeader = 4 + 4 + len(noteMagic) + 1
)

// Encoder makes objects. It keeps its memory from one to the next and is for one
// goroutine at a time.
type Encoder struct {
	zstd  *zstd.Encoder
	gzip  *gzip.Writer
	table []byte
	out   []byte
}

// Encoded is an object that is ready to be stored.
type Encoded struct {
	Name  Name
	Codec Codec             // the one that it has
	Meta  map[string]string // the user metadata
	Body  []byte            // valid until the Encoder's next use
}

// Encode makes an object of a segment that was read at time (ms since 1970) by an
// agent. It fails only for a segment of more than MaxRaw bytes.
func (e *Encoder) Encode(seg *inputs.Segment, agent string, time int64, c Codec) (*Encoded, error) {
	if len(seg.Data) > MaxRaw {
		return nil, fmt.Errorf("%d bytes are too many for one object", len(seg.Data))
	}
	m := Meta{
		Agent: agent, Generation: *seg.Gen, Start: seg.Start, End: seg.End, Records: seg.Len(), Codec: c,
		CRC32C: crc32.Checksum(seg.Data, castagnoli), SHA256: sha256.Sum256(seg.Data),
		Time: time, Stamp: seg.Time, Late: seg.Late,
	}
	values := m.values()
	noted := overflow(values)
	if noted != nil || seg.Records != nil {
		m.Codec = Zstd
		values["codec"] = Zstd.String()
	}
	if err := e.compress(seg.Data, m.Codec); err != nil {
		return nil, err
	}
	end := len(e.out)
	if noted != nil {
		e.note(noteMeta, noted)
	}
	if seg.Records != nil {
		e.table = appendTable(e.table[:0], seg)
		e.note(noteTable, e.table)
	}
	if notes := len(e.out) - end; notes > 0 {
		values["notes"] = strconv.Itoa(notes)
	}
	return &Encoded{Name: m.Name(), Codec: m.Codec, Meta: values, Body: e.out}, nil
}

// overflow takes long values out of metadata that is too large, and returns them
// as lines; nil if everything fits.
func overflow(values map[string]string) []byte {
	size := 0
	for name, v := range values {
		size += len(name) + len(v)
	}
	if size <= maxMeta {
		return nil
	}
	noted := []byte{}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if v := values[name]; len(v) > noteworthy && name != "sha256" {
			noted = fmt.Appendf(noted, "%s: %s\n", name, v)
			delete(values, name)
		}
	}
	return noted
}

// compress puts the compressed bytes into out.
func (e *Encoder) compress(data []byte, c Codec) error {
	switch c {
	case None:
		e.out = append(e.out[:0], data...)
		return nil
	case Gzip:
		b := bytes.NewBuffer(e.out[:0])
		if e.gzip == nil {
			e.gzip, _ = gzip.NewWriterLevel(b, gzip.BestSpeed) // fails for other levels only
		}
		e.gzip.Reset(b)
		_, err := e.gzip.Write(data)
		if err == nil {
			err = e.gzip.Close()
		}
		e.out = b.Bytes()
		return err
	case Zstd:
	}
	if err := e.open(); err != nil {
		return err
	}
	e.out = e.zstd.EncodeAll(data, e.out[:0])
	return nil
}

func (e *Encoder) open() (err error) {
	if e.zstd == nil {
		e.zstd, err = zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest),
			zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(window), zstd.WithLowerEncoderMem(true))
	}
	return err
}

// note appends a skippable frame. The encoder is open: objects with notes are
// compressed with it.
func (e *Encoder) note(kind byte, b []byte) {
	start := len(e.out)
	e.out = binary.LittleEndian.AppendUint32(e.out, skippable)
	e.out = append(e.out, 0, 0, 0, 0)
	e.out = append(append(e.out, noteMagic...), kind)
	e.out = e.zstd.EncodeAll(b, e.out)
	binary.LittleEndian.PutUint32(e.out[start+4:], uint32(len(e.out)-start-8))
}
