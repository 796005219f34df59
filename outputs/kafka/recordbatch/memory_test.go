package recordbatch

import (
	"runtime"
	"testing"

	"shipper/inputs"
	"shipper/outputs"
)

// Memory is a bound, and not one that keeps the memory from being used.
func TestMemoryIsWhatAnEncoderHolds(t *testing.T) {
	if raceDetector {
		t.Skip("the race detector's own memory would be measured")
	}
	for _, c := range codecs {
		for _, f := range []Format{Raw, JSON} {
			for _, size := range []struct{ bytes, records int }{{64 << 10, 4096}, {512 << 10, 13213}, {4 << 20, 32768}} {
				o := Options{Codec: c.codec, Format: f, RecordID: true, BatchBytes: size.bytes, BatchRecords: size.records}
				most := 0
				for _, s := range []inputs.Segment{plainSegment(size.bytes-512, 185), shortLines(size.bytes, size.records)} {
					most = max(most, held(t, o, s))
				}
				if bound := o.Memory(); most > bound || bound > 2*most+256<<10 {
					t.Errorf("%s, format %d, %d bytes in %d records: holds %d, Memory says %d", c.name, f, size.bytes, size.records, most, bound)
				}
			}
		}
	}
}

// shortLines is n bytes in count lines, the last of which is longer.
func shortLines(n, count int) inputs.Segment {
	s := plainSegment(n, 185)
	s.Ends = s.Ends[:0]
	for i := range count - 1 {
		s.Ends = append(s.Ends, uint32(i*(n/count)+n/count))
	}
	s.Ends = append(s.Ends, uint32(len(s.Data)))
	return s
}

func heap() int {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}

// held is the memory of an encoder that has seen batches of several segments
// and of one.
func held(t *testing.T, o Options, s inputs.Segment) int {
	t.Helper()
	one := &outputs.Batch{Time: readAt, Segments: []inputs.Segment{s}}
	several := &outputs.Batch{Time: readAt, Segments: halves(s)}
	before := heap()
	e := NewEncoder(o)
	for _, b := range []*outputs.Batch{several, one, several} {
		e.Reset()
		if _, err := e.Encode(b, Producer{}); err != nil {
			t.Fatal(err)
		}
	}
	after := heap()
	runtime.KeepAlive(e)
	runtime.KeepAlive(one)
	runtime.KeepAlive(several)
	return after - before
}

// halves cuts a segment in two, again and again.
func halves(s inputs.Segment) []inputs.Segment {
	if len(s.Ends) < 64 {
		return []inputs.Segment{s}
	}
	n := len(s.Ends) / 2
	cut := s.Ends[n-1]
	a, b := s, s
	a.Data, a.Ends, a.End = s.Data[:cut], s.Ends[:n], s.Start+int64(cut)
	b.Data, b.Ends, b.Start = s.Data[cut:], nil, a.End
	for _, end := range s.Ends[n:] {
		b.Ends = append(b.Ends, end-cut)
	}
	return append(halves(a), halves(b)...)
}
