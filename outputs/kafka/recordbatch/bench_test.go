package recordbatch

import (
	"testing"

	"shipper/inputs"
	"shipper/outputs"
)

func BenchmarkEncode(b *testing.B) {
	for _, c := range codecs {
		b.Run(c.name, func(b *testing.B) { benchmarkEncode(b, Options{Codec: c.codec, RecordID: true}, false) })
	}
	b.Run("explicit", func(b *testing.B) { benchmarkEncode(b, Options{RecordID: true}, true) })
	b.Run("json", func(b *testing.B) { benchmarkEncode(b, Options{RecordID: true, Format: JSON}, false) })
}

// benchmarkEncode reports the time for a line of some 185 bytes.
func benchmarkEncode(b *testing.B, o Options, explicit bool) {
	s := plainSegment(512<<10, 185)
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
