package kafka

import (
	"bytes"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"

	"shipper/inputs"
	"shipper/outputs"
)

// A Write may allocate for its answer, not for its records.
func TestWriteAllocatesAHandful(t *testing.T) {
	w := newWorld(t, noCodec, kfake.BlackholeProduce())
	s := w.shard()
	b := fullBatch(s)
	w.deliver(b)
	// The broker is in this process and allocates, too: what is counted is
	// what a batch of many records costs more than one of few.
	few := w.batch(s, "a")
	w.deliver(few)
	measure := func(b *outputs.Batch) float64 {
		return testing.AllocsPerRun(50, func() { w.out.Write(t.Context(), []*outputs.Batch{b}) })
	}
	if lots, little := measure(b), measure(few); lots > little+20 {
		t.Errorf("%v allocations for %d records, %v for one", lots, b.Len(), little)
	}
}

func fullBatch(s outputs.Shard) *outputs.Batch {
	seg := inputs.Segment{Gen: &inputs.Generation{ID: 1, Stream: testStream}}
	line := append(bytes.Repeat([]byte("x"), 184), '\n')
	for len(seg.Data)+len(line) <= 512<<10 {
		seg.Data = append(seg.Data, line...)
		seg.Ends = append(seg.Ends, uint32(len(seg.Data)))
	}
	seg.End = int64(len(seg.Data))
	return &outputs.Batch{Shard: s, Time: time.Now(), Segments: []inputs.Segment{seg}}
}

func BenchmarkWrite(b *testing.B) {
	c, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, topicName), kfake.BlackholeProduce())
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	o, err := Open(Config{Brokers: c.ListenAddrs(), RecordID: true})
	if err != nil {
		b.Fatal(err)
	}
	defer o.Close(b.Context())
	s := waitShard(b, o, testStream)
	batch := fullBatch(s)
	b.SetBytes(int64(batch.Bytes()))
	b.ReportAllocs()
	for b.Loop() {
		o.Write(b.Context(), []*outputs.Batch{batch})
		if batch.Fate.State != outputs.Acked {
			b.Fatal(batch.Fate.Err)
		}
	}
}
