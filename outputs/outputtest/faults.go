package outputtest

import (
	"context"
	"sync"
	"testing"
	"time"

	"shipper/outputs"
)

// The cases of this file are about attempts that do not end with an ack, and
// about outputs that begin and end.

// testCancelledBefore hands Write a context that is over already. The agent
// must learn that the batch is not delivered, and be able to go on.
func testCancelledBefore(t *testing.T, s *suite) {
	st := s.stream(0)
	shard, gen := s.shard(t, st), s.generation(st)
	b := batch(shard, numbered(gen, 0, 10))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s.attempt(ctx, t, b)
	s.goOn(t, b)
}

// testCancelledMidway cuts attempts short at growing delays, so that some end
// before, some during and some after the delivery.
func testCancelledMidway(t *testing.T, s *suite) {
	st := s.stream(0)
	shard, gen := s.shard(t, st), s.generation(st)
	var all []*outputs.Batch
	var offset int64
	twice := false
	for i := range 12 {
		b := batch(shard, numbered(gen, offset, 200))
		offset = b.Segments[0].End
		all = append(all, b)
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i*i)*20*time.Microsecond)
		s.attempt(ctx, t, b)
		cancel()
		if b.Fate.State != outputs.Acked {
			b.Repeat = b.Fate.State == outputs.Unresolved
			twice = twice || b.Fate.State == outputs.GivenUp || b.Repeat && !s.f.Idempotent
			twice = s.deliver(t, b) || twice
		}
	}
	s.expect(t, shard, records(all...), twice)
}

// goOn takes a batch whose attempt was cut short to its end and sends another
// one after it.
func (s *suite) goOn(t *testing.T, b *outputs.Batch) {
	t.Helper()
	if st := b.Fate.State; st != outputs.Unresolved && st != outputs.Refused {
		t.Fatalf("fate %v after a cancelled attempt, want unresolved or refused", st)
	}
	b.Repeat = b.Fate.State == outputs.Unresolved
	twice := b.Repeat && !s.f.Idempotent
	twice = s.deliver(t, b) || twice
	seg := &b.Segments[0]
	next := batch(b.Shard, numbered(seg.Gen, seg.End, 5))
	twice = s.deliver(t, next) || twice
	s.expect(t, b.Shard, records(b, next), twice)
}

// lose delivers a batch whose answer is lost.
func (s *suite) lose(t *testing.T, b *outputs.Batch) {
	t.Helper()
	s.LoseAnswer(t, b.Shard)
	s.attempt(t.Context(), t, b)
	if b.Fate.State != outputs.Unresolved {
		t.Fatalf("fate %v (%v) after a lost answer, want unresolved", b.Fate.State, b.Fate.Err)
	}
}

func testLostAnswerRepeated(t *testing.T, s *suite) {
	if s.LoseAnswer == nil {
		t.Skip("this output's answers can't be lost")
	}
	st := s.stream(0)
	shard, gen := s.shard(t, st), s.generation(st)
	before := batch(shard, numbered(gen, 0, 10))
	twice := s.deliver(t, before)
	lost := batch(shard, numbered(gen, before.Segments[0].End, 10))
	s.lose(t, lost)
	lost.Repeat = true
	twice = s.deliver(t, lost) || twice || !s.f.Idempotent
	after := batch(shard, numbered(gen, lost.Segments[0].End, 10))
	twice = s.deliver(t, after) || twice
	s.expect(t, shard, records(before, lost, after), twice)
}

// testLostAnswerGivenUp gives the receipt up and sends other records, as many as
// the lost ones: an output that took them for a repeat would lose them.
func testLostAnswerGivenUp(t *testing.T, s *suite) {
	if s.LoseAnswer == nil {
		t.Skip("this output's answers can't be lost")
	}
	st, other := s.stream(0), s.stream(len(s.Topics))
	shard, gen := s.shard(t, st), s.generation(st)
	before := batch(shard, numbered(gen, 0, 10))
	s.deliver(t, before)
	lost := batch(shard, numbered(gen, before.Segments[0].End, 10))
	s.lose(t, lost)

	others := batch(shard, numbered(s.generation(other), 0, 10))
	s.deliver(t, others)
	again := batch(shard, numbered(gen, before.Segments[0].End, 10)) // cut anew
	s.deliver(t, again)
	s.expectAtLeast(t, shard, s.Records(t, shard), records(before, others, again))
}

func testConcurrentShards(t *testing.T, s *suite) {
	streams, shards := s.shards(t, 4)
	type result struct {
		sent  []*outputs.Batch
		twice bool
	}
	results := make([]result, len(streams))
	var wg sync.WaitGroup
	for i, st := range streams {
		gen := s.generation(st)
		wg.Go(func() {
			var offset int64
			for range 20 {
				b := batch(shards[i], numbered(gen, offset, 25))
				offset = b.Segments[0].End
				results[i].twice = s.deliver(t, b) || results[i].twice
				results[i].sent = append(results[i].sent, b)
			}
		})
	}
	asked := make(chan struct{})
	go func() { // people look while data flows
		defer close(asked)
		for range 20 {
			s.Output.Status()
			s.Output.Shape()
			_, _ = s.Output.Shard(streams[0]) // only the race detector looks
		}
	}()
	wg.Wait()
	<-asked
	for i, r := range results {
		s.expect(t, shards[i], records(r.sent...), r.twice)
	}
}

func testCheck(t *testing.T, s *suite) {
	ctx, cancel := context.WithTimeout(t.Context(), attemptTimeout)
	defer cancel()
	findings := s.Output.Check(ctx, s.Topics)
	if len(findings) == 0 {
		t.Error("Check found nothing to say")
	}
	for _, f := range findings {
		if f.Subject == "" || f.Message == "" {
			t.Errorf("finding %+v names no thing or does not say what is so", f)
		}
		if (f.Severity == outputs.OK) != (f.Cure == "") {
			t.Errorf("finding %+v: a cure is for what is not well, and always then", f)
		}
		if f.Severity == outputs.Problem {
			t.Errorf("finding %+v of a destination that works", f)
		}
	}
}

func testStatus(t *testing.T, s *suite) {
	st := s.stream(0)
	b := batch(s.shard(t, st), numbered(s.generation(st), 0, 1))
	s.deliver(t, b)
	status := s.Output.Status()
	if !status.Healthy || status.LastError != "" {
		t.Errorf("status %+v after an acknowledged batch", status)
	}
	if status.Since.IsZero() || time.Since(status.Since) < 0 {
		t.Errorf("healthy since %v", status.Since)
	}
	if len(status.Peers) == 0 {
		t.Error("status names nothing behind the output")
	}
}

func testClose(t *testing.T, s *suite) {
	st := s.stream(0)
	shard, gen := s.shard(t, st), s.generation(st)
	before := batch(shard, numbered(gen, 0, 3))
	twice := s.deliver(t, before)
	for range 2 {
		if err := s.Output.Close(t.Context()); err != nil {
			t.Fatalf("close: %v", err)
		}
	}
	after := batch(shard, numbered(gen, before.Segments[0].End, 3))
	s.attempt(t.Context(), t, after)
	if after.Fate.State != outputs.Refused {
		t.Errorf("fate %v of a batch written after Close, want refused", after.Fate.State)
	}
	s.expect(t, shard, records(before), twice)
}
