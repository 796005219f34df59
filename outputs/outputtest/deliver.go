package outputtest

import (
	"bytes"
	"context"
	"fmt"
	"hash/crc32"
	"slices"
	"testing"
	"time"

	"shipper/inputs"
	"shipper/outputs"
)

// attempt writes batches once and demands that each comes back with a fate and
// as it was.
func (s *suite) attempt(ctx context.Context, t *testing.T, batches ...*outputs.Batch) {
	t.Helper()
	ctx, cancel := context.WithTimeout(ctx, attemptTimeout)
	defer cancel()
	sums := make([]uint32, len(batches))
	for i, b := range batches {
		sums[i] = sum(b)
	}
	s.Output.Write(ctx, batches)
	for i, b := range batches {
		if b.Fate.State > outputs.GivenUp {
			t.Fatalf("Write left a batch of shard %v without a fate", b.Shard)
		}
		if sum(b) != sums[i] {
			t.Fatalf("Write changed the bytes of a batch of shard %v", b.Shard)
		}
		if b.Fate.State != outputs.Acked && b.Fate.Err == nil {
			t.Errorf("a batch of shard %v is %v, and no error says why", b.Shard, b.Fate.State)
		}
	}
}

func sum(b *outputs.Batch) uint32 {
	h := crc32.NewIEEE()
	for i := range b.Segments {
		_, _ = h.Write(b.Segments[i].Data) // a hash returns no error
	}
	return h.Sum32()
}

// deliver does what the agent does until all batches are acknowledged. It tells
// whether records may be there twice.
func (s *suite) deliver(t *testing.T, batches ...*outputs.Batch) (twice bool) {
	t.Helper()
	deadline := time.Now().Add(s.f.Patience)
	for first := true; len(batches) > 0; first = false {
		if !first {
			if time.Now().After(deadline) {
				f := batches[0].Fate
				t.Fatalf("not acknowledged after %v: %v %v: %v", s.f.Patience, f.State, f.Class, f.Err)
			}
			time.Sleep(20 * time.Millisecond)
		}
		s.attempt(t.Context(), t, batches...)
		batches = slices.DeleteFunc(slices.Clone(batches), func(b *outputs.Batch) bool {
			return b.Fate.State == outputs.Acked
		})
		for _, b := range batches {
			if b.Fate.Class == outputs.RecordError {
				t.Fatalf("shard %v will not take a record: %v", b.Shard, b.Fate.Err)
			}
			b.Repeat = b.Fate.State == outputs.Unresolved
			twice = twice || b.Fate.State == outputs.GivenUp || b.Repeat && !s.f.Idempotent
		}
	}
	return twice
}

// expect compares a shard with what must be there. With twice set a record may
// be there more often, in the order of repeats.
func (s *suite) expect(t *testing.T, shard outputs.Shard, want []Record, twice bool) {
	t.Helper()
	got := s.Records(t, shard)
	if twice {
		s.expectAtLeast(t, shard, got, want)
		return
	}
	for i := range min(len(got), len(want)) {
		if diff := s.differ(got[i], want[i]); diff != "" {
			t.Fatalf("shard %v: record %d of %d: %s", shard, i, len(want), diff)
		}
	}
	if len(got) != len(want) {
		t.Fatalf("shard %v: %d records delivered, want %d", shard, len(got), len(want))
	}
}

// expectAtLeast demands that want is a subsequence of got, and that nothing
// else is in got.
func (s *suite) expectAtLeast(t *testing.T, shard outputs.Shard, got, want []Record) {
	t.Helper()
	next := 0
	for i, r := range got {
		if next < len(want) && s.differ(r, want[next]) == "" {
			next++
			continue
		}
		if !slices.ContainsFunc(want, func(w Record) bool { return s.differ(r, w) == "" }) {
			t.Fatalf("shard %v: record %d was never sent: %.80q", shard, i, r.Value)
		}
	}
	if next < len(want) {
		t.Fatalf("shard %v: record %d of %d is missing or out of order: %.80q", shard, next, len(want), want[next].Value)
	}
}

// differ says in what the two are not the same record, "" if in nothing.
func (s *suite) differ(got, want Record) string {
	switch {
	case !bytes.Equal(got.Value, want.Value):
		return fmt.Sprintf("value of %d bytes %.80q, want %d bytes %.80q",
			len(got.Value), got.Value, len(want.Value), want.Value)
	case s.f.IDs && (got.Generation != want.Generation || got.Offset != want.Offset):
		return fmt.Sprintf("id %x@%d, want %x@%d", got.Generation, got.Offset, want.Generation, want.Offset)
	case s.f.Keys && (!bytes.Equal(got.Key, want.Key) || (got.Key == nil) != (want.Key == nil)):
		return fmt.Sprintf("key %q, want %q", got.Key, want.Key)
	case s.f.Times && got.Time != want.Time:
		return fmt.Sprintf("time %d, want %d", got.Time, want.Time)
	case s.f.Headers && !slices.EqualFunc(got.Headers, want.Headers, sameHeader):
		return fmt.Sprintf("headers %q, want %q", got.Headers, want.Headers)
	}
	return ""
}

func sameHeader(a, b inputs.Header) bool { return a.Key == b.Key && bytes.Equal(a.Value, b.Value) }
