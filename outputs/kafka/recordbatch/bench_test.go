package recordbatch

import (
	"testing"

	"shipper/inputs"
	"shipper/outputs"
	"shipper/testing/bench/corpus"
)

func BenchmarkEncode(b *testing.B) {
	for _, c := range codecs {
		b.Run(c.name, func(b *testing.B) { benchmarkEncode(b, Options{Codec: c.codec, RecordID: true}, false) })
	}
	b.Run("explicit", func(b *testing.B) { benchmarkEncode(b, Options{RecordID: true}, true) })
	b.Run("json", func(b *testing.B) { benchmarkEncode(b, Options{RecordID: true, Format: JSON}, false) })
}

// webSegment is n bytes of web-server-like lines.
func webSegment(n int) inputs.Segment {
	s := inputs.Segment{Gen: &inputs.Generation{ID: 1 << 63, Stream: &inputs.Stream{Topic: "t"}}, Start: 1 << 30}
	for g := corpus.New(1); len(s.Data) < n; {
		s.Data = append(s.Data, g.Line()...)
		s.Ends = append(s.Ends, uint32(len(s.Data)))
	}
	s.End = s.Start + int64(len(s.Data))
	return s
}

// benchmarkEncode reports the time for a line of some 185 bytes.
func benchmarkEncode(b *testing.B, o Options, explicit bool) {
	s := webSegment(512 << 10)
	if explicit {
		start := uint32(0)
		for _, end := range s.Ends {
			s.Records = append(s.Records, inputs.Record{Start: start, End: end - 1})
			start = end
		}
	}
	batch := &outputs.Batch{Time: readAt, Segments: []inputs.Segment{s}}
	e := NewEncoder(o)
	b.SetBytes(int64(len(s.Data)))
	b.ReportAllocs()
	size := 0
	for b.Loop() {
		e.Reset()
		raw, err := e.Encode(batch, Producer{})
		if err != nil {
			b.Fatal(err)
		}
		size = len(raw)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(s.Ends)), "ns/line")
	b.ReportMetric(float64(len(s.Data))/float64(size), "ratio")
	b.ReportMetric(float64(len(s.Data))/float64(len(s.Ends)), "B/line")
}
