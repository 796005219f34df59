package kafka

import (
	"slices"
	"testing"
	"time"

	"shipper/inputs"
	"shipper/outputs"
	"shipper/outputs/kafka/recordbatch"
)

// The fullest batch of the shortest lines stays below the default of
// max.message.bytes, and a batch of ordinary lines is not cut short.
func TestShapeKeepsBatchesBelowTheDefaultLimit(t *testing.T) {
	const limit = 1 << 20 // max.message.bytes is 12 bytes more
	for _, size := range []int{16 << 10, 512 << 10, 700 << 10} {
		n := batchRecords(size, recordbatch.Raw)
		if n*185 < size {
			t.Errorf("%d bytes: %d lines of 185 bytes don't fill it", size, n)
		}
		s := inputs.Segment{Gen: &inputs.Generation{ID: 1 << 63, Stream: testStream}, Start: 1 << 40, Data: slices.Repeat([]byte("x"), size)}
		for i := 1; i <= n; i++ {
			s.Ends = append(s.Ends, uint32(size*i/n))
		}
		e := recordbatch.NewEncoder(recordbatch.Options{RecordID: true})
		raw, err := e.Encode(&outputs.Batch{Time: time.Now(), Segments: []inputs.Segment{s}}, recordbatch.Producer{ID: 1})
		if err != nil {
			t.Fatal(err)
		}
		if len(raw) > limit {
			t.Errorf("%d bytes in %d records take %d", size, n, len(raw))
		}
	}
}

func TestShape(t *testing.T) {
	o := openOutput(t, []string{"127.0.0.1:1"}, &logBuffer{}, func(c *Config) { c.Codec = recordbatch.Zstd })
	got := o.Shape()
	if got.BatchBytes != 512<<10 || got.BatchRecords != 13214 || got.Remembers != 24*time.Hour {
		t.Errorf("%+v", got)
	}
	if got.EncodedBytes < 35<<17 || got.EncodedBytes > 5<<20 { // 3.5 MiB are measured for the shortest lines
		t.Errorf("EncodedBytes %d", got.EncodedBytes)
	}
	for _, c := range []struct {
		bytes  int
		format recordbatch.Format
		want   int
	}{{512 << 10, recordbatch.Raw, 13214}, {512 << 10, recordbatch.JSON, 4096}, {999_000, recordbatch.Raw, 7804}, {64 << 20, recordbatch.Raw, 524288}} {
		if n := batchRecords(c.bytes, c.format); n != c.want {
			t.Errorf("%+v: %d", c, n)
		}
	}
}
