package recordbatch

import (
	"bytes"
	"sync"
	"testing"
	"time"

	"github.com/IBM/sarama"
	"github.com/twmb/franz-go/pkg/kfake"
	"pgregory.net/rapid"

	"shipper/inputs"
	"shipper/outputs"
)

// drawBatch makes a batch of segments of any kind.
func drawBatch(t *rapid.T) *outputs.Batch {
	b := &outputs.Batch{Time: time.UnixMilli(rapid.Int64Range(0, 1<<45).Draw(t, "time"))}
	for range rapid.IntRange(1, 4).Draw(t, "segments") {
		b.Segments = append(b.Segments, drawSegment(t))
	}
	return b
}

func drawSegment(t *rapid.T) inputs.Segment {
	gen := &inputs.Generation{ID: rapid.Uint64().Draw(t, "generation"), Stream: &inputs.Stream{}}
	if rapid.Bool().Draw(t, "keyed") {
		gen.Stream.Key = append([]byte{}, rapid.SliceOfN(rapid.Byte(), 0, 100).Draw(t, "key")...)
	}
	for range rapid.IntRange(0, 3).Draw(t, "headers") {
		gen.Headers = append(gen.Headers, inputs.Header{Key: rapid.String().Draw(t, "name"), Value: rapid.SliceOf(rapid.Byte()).Draw(t, "value")})
	}
	s := inputs.Segment{
		Gen: gen, Start: rapid.Int64Range(0, 1<<50).Draw(t, "start"), Late: rapid.Bool().Draw(t, "late"),
		Time: rapid.SampledFrom([]int64{0, 0, 1, 1 << 41}).Draw(t, "segment time"),
	}
	explicit := rapid.Bool().Draw(t, "explicit")
	if explicit {
		s.Records = []inputs.Record{}
	}
	for range rapid.IntRange(0, 20).Draw(t, "lines") {
		size := rapid.OneOf(rapid.IntRange(0, 200), rapid.IntRange(8000, 8400)).Draw(t, "size")
		start := len(s.Data)
		s.Data = append(append(s.Data, bytes.Repeat([]byte{'l'}, size)...), '\n')
		s.Ends = append(s.Ends, uint32(len(s.Data)))
		if explicit && rapid.Bool().Draw(t, "kept") {
			s.Records = append(s.Records, inputs.Record{
				Start: uint32(start), End: uint32(start + size),
				Time:  rapid.SampledFrom([]int64{0, 1, 1 << 42}).Draw(t, "record time"),
				Piece: inputs.Piece(rapid.IntRange(0, int(inputs.PiecePartial)).Draw(t, "piece")),
			})
		}
	}
	s.End = s.Start + int64(len(s.Data))
	return s
}

// linesOf is a batch of the lines in data.
func linesOf(data []byte) *outputs.Batch {
	s := inputs.Segment{Gen: &inputs.Generation{ID: 1, Stream: &inputs.Stream{}}, Data: data}
	for i, c := range data {
		if c == '\n' {
			s.Ends = append(s.Ends, uint32(i+1))
		}
	}
	return &outputs.Batch{Time: readAt, Segments: []inputs.Segment{s}}
}

// reader is a broker and a consumer of sarama, one of each in a process.
var reader = sync.OnceValues(func() (r struct {
	brokers   []string
	partition sarama.PartitionConsumer
}, err error) {
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, "t"))
	if err == nil {
		r.brokers = cluster.ListenAddrs()
		r.partition, err = consumeSarama(r.brokers)
	}
	return r, err
})

// FuzzSarama does the same by way of a broker and the consumer of sarama, whose
// decoder is not to be had alone.
func FuzzSarama(f *testing.F) {
	f.Add([]byte("one\ntwo\n\nthree"), byte(0))
	f.Add([]byte("\n\n\r\n\x00\xff\n"), byte(1))
	f.Add(bytes.Repeat([]byte("a line that repeats itself\n"), 100), byte(2))
	f.Add(bytes.Repeat([]byte("another\n"), 9000), byte(3))
	f.Fuzz(func(t *testing.T, data []byte, kind byte) {
		b := linesOf(data)
		if b.Len() == 0 {
			return
		}
		r, err := reader()
		if err != nil {
			t.Fatal(err)
		}
		raw, err := NewEncoder(Options{Codec: codecs[kind%4].codec, RecordID: kind&4 == 0}).Encode(b, Producer{ID: -1, Epoch: -1, Sequence: -1})
		if err != nil {
			t.Fatal(err)
		}
		produce(t, r.brokers, raw)
		diff(t, nextSarama(t, r.partition, b.Len()), messages(b, kind&4 == 0))
	})
}

// FuzzEncode cuts any bytes into lines, encodes and decodes them.
func FuzzEncode(f *testing.F) {
	f.Add([]byte("one\ntwo\n\nthree"), byte(0))
	f.Add([]byte("\n\n\r\n\x00\xff\n"), byte(2))
	f.Add(bytes.Repeat([]byte("a line that repeats itself\n"), 100), byte(3))
	f.Fuzz(func(t *testing.T, data []byte, kind byte) {
		b := linesOf(data)
		if b.Len() == 0 {
			return
		}
		raw, err := NewEncoder(Options{Codec: codecs[kind%4].codec, RecordID: kind&4 == 0}).Encode(b, Producer{})
		if err != nil {
			t.Fatal(err)
		}
		diff(t, decoded(t, raw), messages(b, kind&4 == 0))
	})
}
