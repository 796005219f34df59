package outputtest

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"shipper/inputs"
	"shipper/outputs"
)

// batchTime is the time of the suite's first batch: not now, so that an output
// that takes the time of sending is found out, and recent enough for any topic.
var batchTime = time.Now().Add(-time.Minute).Truncate(time.Millisecond)

// stream makes a stream of its own name in one of the destination's topics.
func (s *suite) stream(n int) *inputs.Stream {
	st := &inputs.Stream{Input: "contract", Name: fmt.Sprintf("/var/log/contract/%d.log", n)}
	if len(s.Topics) > 0 {
		st.Topic = s.Topics[n%len(s.Topics)]
	}
	return st
}

// generation makes a fresh generation of a stream.
func (s *suite) generation(st *inputs.Stream) *inputs.Generation {
	s.nextGeneration++
	return &inputs.Generation{ID: s.nextGeneration, Stream: st, Path: st.Name, Host: "host.example"}
}

// shard asks for a stream's shard until the output knows.
func (s *suite) shard(t *testing.T, st *inputs.Stream) outputs.Shard {
	t.Helper()
	deadline := time.Now().Add(s.f.Patience)
	for {
		start := time.Now()
		shard, err := s.Output.Shard(st)
		if took := time.Since(start); took > time.Second {
			t.Fatalf("Shard blocked for %v", took)
		}
		if err == nil {
			return shard
		}
		if time.Now().After(deadline) {
			t.Fatalf("Shard(%s): still no shard after %v: %v", st.Name, s.f.Patience, err)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// shards finds up to n streams that have different shards.
func (s *suite) shards(t *testing.T, n int) (streams []*inputs.Stream, shards []outputs.Shard) {
	t.Helper()
	seen := map[outputs.Shard]bool{}
	for i := 0; i < 256 && len(streams) < n; i++ {
		st := s.stream(i)
		if shard := s.shard(t, st); !seen[shard] {
			seen[shard] = true
			streams, shards = append(streams, st), append(shards, shard)
		}
	}
	return streams, shards
}

// Lines makes a segment of plain lines that starts at the offset.
func Lines(gen *inputs.Generation, start int64, values ...string) inputs.Segment {
	seg := inputs.Segment{Gen: gen, Start: start}
	for _, v := range values {
		seg.Data = append(append(seg.Data, v...), '\n')
		seg.Ends = append(seg.Ends, uint32(len(seg.Data)))
	}
	seg.End = start + int64(len(seg.Data))
	return seg
}

// Told is what segments hold, an offset and a value for each record.
func Told(segments ...inputs.Segment) (all []string) {
	for i := range segments {
		for j := range segments[i].Len() {
			offset, value, _ := segments[i].At(j)
			all = append(all, fmt.Sprintf("%d %s", offset, value))
		}
	}
	return all
}

// numbered makes n lines that differ from each other and name their place.
func numbered(gen *inputs.Generation, start int64, n int) inputs.Segment {
	values := make([]string, n)
	for i := range values {
		values[i] = fmt.Sprintf("generation=%x start=%d line=%d of %d", gen.ID, start, i, n)
	}
	return Lines(gen, start, values...)
}

// batch makes a batch that an output which forgets to fill in the fate, or
// believes the one it finds, gets wrong.
func batch(shard outputs.Shard, segments ...inputs.Segment) *outputs.Batch {
	return &outputs.Batch{Shard: shard, Segments: segments, Time: batchTime, Fate: outputs.Fate{State: 0xff}}
}

// records are what a batch must become at the destination.
func records(batches ...*outputs.Batch) []Record {
	var all []Record
	for _, b := range batches {
		for i := range b.Segments {
			seg := &b.Segments[i]
			for j := range seg.Len() {
				offset, value, _ := seg.At(j)
				r := Record{
					Value: bytes.Clone(value), Generation: seg.Gen.ID, Offset: offset,
					Key: seg.Gen.Stream.Key, Headers: seg.Gen.Headers, Time: b.Time.UnixMilli(),
				}
				if seg.Time != 0 {
					r.Time = seg.Time
				}
				if seg.Records != nil && seg.Records[j].Time != 0 {
					r.Time = seg.Records[j].Time
				}
				all = append(all, r)
			}
		}
	}
	return all
}
