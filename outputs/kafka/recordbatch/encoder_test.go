package recordbatch

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"pgregory.net/rapid"

	"shipper/inputs"
	"shipper/outputs"
)

var codecs = []struct {
	name  string
	codec Codec
}{{"none", None}, {"snappy", Snappy}, {"lz4", LZ4}, {"zstd", Zstd}}

var readAt = time.UnixMilli(1_790_000_000_123)

// plainSegment cuts lines of about size bytes, n bytes in all.
func plainSegment(n, size int) inputs.Segment {
	random := rand.New(rand.NewPCG(1, 2))
	gen := &inputs.Generation{ID: 0x0123456789abcdef, Stream: &inputs.Stream{Topic: "t"}, Path: "/var/log/app.log", Host: "web-1"}
	s := inputs.Segment{Gen: gen, Start: 1 << 40}
	for len(s.Data) < n {
		line := fmt.Appendf(nil, "10.%d.%d.%d - - [02/Jan/2026:15:04:05 +0000] \"GET /items/%d HTTP/1.1\" 200 %d ",
			random.IntN(256), random.IntN(256), random.IntN(256), random.IntN(1<<20), random.IntN(1<<16))
		for len(line) < size-1-random.IntN(40)+20 {
			line = append(line, "Mozilla/5.0 (X11; Linux x86_64) "[random.IntN(32)])
		}
		s.Data = append(append(s.Data, line...), '\n')
		s.Ends = append(s.Ends, uint32(len(s.Data)))
	}
	s.End = s.Start + int64(len(s.Data))
	return s
}

func TestEncodePlainLines(t *testing.T) {
	b := &outputs.Batch{Time: readAt, Segments: []inputs.Segment{plainSegment(512<<10, 185)}}
	p := Producer{ID: 1<<62 + 5, Epoch: 7, Sequence: 1<<31 - 10}
	for _, c := range codecs {
		t.Run(c.name, func(t *testing.T) {
			e := NewEncoder(Options{Codec: c.codec, RecordID: true})
			raw, err := e.Encode(b, p)
			if err != nil {
				t.Fatal(err)
			}
			batch, _ := decode(t, raw)
			if batch.Attributes != int16(c.codec) || batch.ProducerID != p.ID || batch.ProducerEpoch != p.Epoch || batch.FirstSequence != p.Sequence {
				t.Errorf("header is %+v", batch)
			}
			if batch.FirstTimestamp != readAt.UnixMilli() || batch.MaxTimestamp != readAt.UnixMilli() {
				t.Errorf("times are %d to %d", batch.FirstTimestamp, batch.MaxTimestamp)
			}
			diff(t, decoded(t, raw), messages(b, true))
		})
	}
}

// TestEncodeLengths goes over every length at which a varint grows, by both ways.
func TestEncodeLengths(t *testing.T) {
	gen := &inputs.Generation{ID: 1, Stream: &inputs.Stream{Key: []byte("k")}}
	var plain, explicit inputs.Segment
	plain.Gen, explicit.Gen = gen, gen
	for _, limit := range []int{0, 1 << 6, 1 << 13, 1 << 20} {
		for n := max(0, limit-60); n < limit+3; n++ {
			start := len(plain.Data)
			plain.Data = append(append(plain.Data, bytes.Repeat([]byte{'x'}, n)...), '\n')
			plain.Ends = append(plain.Ends, uint32(len(plain.Data)))
			explicit.Records = append(explicit.Records, inputs.Record{Start: uint32(start), End: uint32(start + n)})
		}
	}
	explicit.Data = plain.Data
	e := NewEncoder(Options{RecordID: true})
	var first []byte
	for _, s := range []inputs.Segment{plain, explicit} {
		b := &outputs.Batch{Time: readAt, Segments: []inputs.Segment{s}}
		raw, err := e.Encode(b, Producer{})
		if err != nil {
			t.Fatal(err)
		}
		diff(t, decoded(t, raw), messages(b, true))
		if first != nil && !bytes.Equal(first, raw) {
			t.Error("the two ways differ")
		}
		first = bytes.Clone(raw)
	}
}

// TestEncodeManyRecords crosses the counts at which an offset delta grows.
func TestEncodeManyRecords(t *testing.T) {
	s := inputs.Segment{Gen: &inputs.Generation{Stream: &inputs.Stream{}}, Data: bytes.Repeat([]byte{'\n'}, 20_000)}
	for i := range s.Data {
		s.Ends = append(s.Ends, uint32(i+1))
	}
	b := &outputs.Batch{Time: readAt, Segments: []inputs.Segment{s, s}}
	for _, id := range []bool{true, false} {
		raw, err := NewEncoder(Options{RecordID: id}).Encode(b, Producer{})
		if err != nil {
			t.Fatal(err)
		}
		diff(t, decoded(t, raw), messages(b, id))
	}
}

func TestEncodeTimes(t *testing.T) {
	gen := &inputs.Generation{Stream: &inputs.Stream{}}
	data := []byte("a\nb\n")
	segments := []inputs.Segment{
		{Gen: gen, Data: data, Records: []inputs.Record{{Start: 0, End: 1, Time: 5000}, {Start: 2, End: 3}}},
		{Gen: gen, Data: data, Ends: []uint32{2, 4}, Time: 1000},
		{Gen: gen, Data: data, Records: []inputs.Record{{Start: 0, End: 1, Time: 9e15}, {Start: 2, End: 3}}, Time: 3000},
		{Gen: gen, Data: data, Ends: []uint32{2, 4}},
	}
	b := &outputs.Batch{Time: readAt, Segments: segments}
	raw, err := NewEncoder(Options{}).Encode(b, Producer{})
	if err != nil {
		t.Fatal(err)
	}
	batch, _ := decode(t, raw)
	if batch.FirstTimestamp != 5000 || batch.MaxTimestamp != 9e15 {
		t.Errorf("times are %d to %d", batch.FirstTimestamp, batch.MaxTimestamp)
	}
	diff(t, decoded(t, raw), messages(b, false))
}

func TestEncodeNothing(t *testing.T) {
	gen := &inputs.Generation{Stream: &inputs.Stream{}}
	none := inputs.Segment{Gen: gen, Data: []byte("filtered\n"), Ends: []uint32{9}, Records: []inputs.Record{}}
	e := NewEncoder(Options{Codec: Zstd})
	if _, err := e.Encode(&outputs.Batch{Time: readAt, Segments: []inputs.Segment{none}}, Producer{}); !errors.Is(err, ErrNoRecords) {
		t.Errorf("error is %v", err)
	}
	some := inputs.Segment{Gen: gen, Data: []byte("line\n"), Ends: []uint32{5}}
	b := &outputs.Batch{Time: readAt, Segments: []inputs.Segment{none, some, none}}
	raw, err := e.Encode(b, Producer{})
	if err != nil {
		t.Fatal(err)
	}
	diff(t, decoded(t, raw), messages(b, false))
}

func TestEncodeUnknownCodec(t *testing.T) {
	b := &outputs.Batch{Time: readAt, Segments: []inputs.Segment{plainSegment(1000, 100)}}
	if _, err := NewEncoder(Options{Codec: 1}).Encode(b, Producer{}); err == nil {
		t.Error("no error")
	}
}

// TestEncodeIncompressible sends noise, which codecs must store as it is.
func TestEncodeIncompressible(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	data := make([]byte, 700<<10)
	for i := range data {
		data[i] = byte(random.Uint32())
	}
	data[len(data)-1] = '\n'
	s := inputs.Segment{Gen: &inputs.Generation{Stream: &inputs.Stream{}}, Data: data, Ends: []uint32{uint32(len(data))}}
	b := &outputs.Batch{Time: readAt, Segments: []inputs.Segment{s}}
	for _, c := range codecs {
		raw, err := NewEncoder(Options{Codec: c.codec}).Encode(b, Producer{})
		if err != nil {
			t.Fatal(err)
		}
		if len(raw) > len(data)+len(data)/100 {
			t.Errorf("%s: %d bytes became %d", c.name, len(data), len(raw))
		}
		diff(t, decoded(t, raw), messages(b, false))
	}
}

// TestEncodeGivesMemoryBack: a batch of empty lines is some thirty times larger
// encoded than read, and what it took must not stay.
func TestEncodeGivesMemoryBack(t *testing.T) {
	s := inputs.Segment{Gen: &inputs.Generation{Stream: &inputs.Stream{}}, Data: bytes.Repeat([]byte{'\n'}, 512<<10)}
	for i := range s.Data {
		s.Ends = append(s.Ends, uint32(i+1))
	}
	e := NewEncoder(Options{RecordID: true})
	if _, err := e.Encode(&outputs.Batch{Time: readAt, Segments: []inputs.Segment{s}}, Producer{}); err != nil {
		t.Fatal(err)
	}
	e.Reset()
	if _, err := e.Encode(&outputs.Batch{Time: readAt, Segments: []inputs.Segment{plainSegment(512<<10, 185)}}, Producer{}); err != nil {
		t.Fatal(err)
	}
	if got := cap(e.plain); got > 1<<20 {
		t.Errorf("buffer is still %d bytes", got)
	}
}

func TestEncodeDoesNotAllocate(t *testing.T) {
	plain := plainSegment(512<<10, 185)
	plain.Gen.Stream.Key = []byte("key")
	plain.Gen.Captures = []inputs.Header{{Key: "app", Value: []byte("shop \"1\"")}}
	explicit := plain
	explicit.Records = []inputs.Record{}
	start := uint32(0)
	for _, end := range plain.Ends {
		explicit.Records = append(explicit.Records, inputs.Record{Start: start, End: end - 1, Piece: inputs.PieceMiddle, Time: 5})
		start = end
	}
	for _, c := range codecs {
		if c.codec == Snappy && raceDetector {
			continue // the codec's tables are in a sync.Pool, which forgets at random under the race detector
		}
		for name, s := range map[string]inputs.Segment{"plain": plain, "explicit": explicit} {
			for _, format := range []Format{Raw, JSON} {
				e := NewEncoder(Options{Codec: c.codec, Format: format, RecordID: true})
				b := &outputs.Batch{Time: readAt, Segments: []inputs.Segment{s}}
				got := testing.AllocsPerRun(5, func() {
					e.Reset()
					if _, err := e.Encode(b, Producer{}); err != nil {
						t.Fatal(err)
					}
				})
				if got != 0 {
					t.Errorf("%s, %s, format %d: %v allocations a batch", c.name, name, format, got)
				}
			}
		}
	}
}

// TestEncodeRandom encodes random batches one after the other with one encoder.
// They all last until Reset.
func TestEncodeRandom(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := Options{Codec: codecs[rapid.IntRange(0, 3).Draw(t, "codec")].codec, RecordID: rapid.Bool().Draw(t, "id")}
		e := NewEncoder(o)
		var raws [][]byte
		var want [][]message
		check := func() {
			for i, raw := range raws {
				diff(t, decoded(t, raw), want[i])
			}
			raws, want = nil, nil
		}
		for range rapid.IntRange(1, 4).Draw(t, "batches") {
			if rapid.IntRange(0, 3).Draw(t, "reset") == 0 {
				check()
				e.Reset()
			}
			b := drawBatch(t)
			raw, err := e.Encode(b, Producer{ID: 3, Epoch: 2, Sequence: 1})
			if b.Len() == 0 {
				if !errors.Is(err, ErrNoRecords) {
					t.Fatalf("error of an empty batch is %v", err)
				}
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			raws, want = append(raws, raw), append(want, messages(b, o.RecordID))
		}
		check()
	})
}
