package audit

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"

	"shipper/inputs"
	"shipper/inputs/logfile"
	"shipper/inputs/logfile/tally"
	"shipper/outputs"
	"shipper/testing/await"
)

// scripted answers as the test says, and remembers what it was given.
type scripted struct {
	outputs.Output
	mu      sync.Mutex
	unknown bool
	states  []outputs.State // of the attempts to come; then all are acknowledged
	writes  []outputs.Batch // of all attempts
}

var errScripted = errors.New("scripted")

func (o *scripted) Shard(s *inputs.Stream) (outputs.Shard, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.unknown {
		return outputs.Shard{}, errScripted
	}
	return outputs.Shard{Topic: s.Topic}, nil
}

func (o *scripted) Write(_ context.Context, batches []*outputs.Batch) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, b := range batches {
		b.Fate = outputs.Fate{State: outputs.Acked}
		if len(o.states) > 0 {
			if b.Fate.State = o.states[0]; b.Fate.State != outputs.Acked {
				b.Fate.Err = errScripted
			}
			o.states = o.states[1:]
		}
		o.writes = append(o.writes, *b)
	}
}

func (o *scripted) Close(context.Context) error { return nil }

func sample(generation uint64, bytes int64) *logfile.Completion {
	return &logfile.Completion{
		Generation: generation, Stream: "app", Topic: "data", Bytes: bytes, Modified: time.Unix(1700000000, 0),
		Vars: logfile.Vars{Host: "h", Path: "/var/log/\xff", Input: "in"},
		Tally: tally.Tally{
			Bytes: bytes, Records: 3, First: 7, Last: 9, Checksum: 0xabc, Partition: 2, Flags: tally.Summed | tally.Placed,
		},
	}
}

// TestAuditorTries until a record is acknowledged, exactly the same after an answer
// was lost, and calls done only then.
func TestAuditorTries(t *testing.T) {
	o := &scripted{unknown: true, states: []outputs.State{outputs.Unresolved, outputs.Unresolved, outputs.GivenUp, outputs.Refused}}
	a := NewAuditor(o, slog.New(slog.DiscardHandler))
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() { a.Run(ctx, context.Background()) })
	defer wg.Wait()
	defer cancel()
	done := make(chan int, 1)
	c := sample(5, 1000)
	if err := a.Add(New(c, "agent"), c.Generation, "audit", func() {
		o.mu.Lock()
		defer o.mu.Unlock()
		done <- len(o.writes)
	}); err != nil {
		t.Fatal(err)
	}
	await.True(t, time.Minute, "the topic's absence is shown", func() bool {
		n, err := a.Status()
		return n == 1 && errors.Is(err, errScripted)
	})
	o.mu.Lock()
	o.unknown = false
	o.mu.Unlock()
	select {
	case n := <-done:
		if n != 5 {
			t.Errorf("done after %d attempts, want 5", n)
		}
	case <-time.After(time.Minute):
		t.Fatal("never acknowledged")
	}
	for i, repeat := range []bool{false, true, true, false, false} {
		b := o.writes[i]
		if b.Repeat != repeat || len(b.Segments) != 1 || string(b.Segments[0].Data) != string(o.writes[0].Segments[0].Data) {
			t.Errorf("attempt %d: repeat %v, %d segments", i, b.Repeat, len(b.Segments))
		}
	}
}

// TestSameRecordSameID: what another process makes of the same completion has the
// same bytes and id, and another id than any line of the file, or than a completion
// at another length.
func TestSameRecordSameID(t *testing.T) {
	segment := func(c *logfile.Completion) inputs.Segment {
		s, err := New(c, "agent").segment(c.Generation, "audit")
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	a, b, longer := segment(sample(5, 1000)), segment(sample(5, 1000)), segment(sample(5, 1001))
	if string(a.Data) != string(b.Data) || a.Gen.ID != b.Gen.ID || a.Start != b.Start {
		t.Errorf("%s %s", a.Data, b.Data)
	}
	if a.Gen.ID == 5 || (a.Gen.ID == longer.Gen.ID && a.Start == longer.Start) {
		t.Errorf("%x %d, %x %d", a.Gen.ID, a.Start, longer.Gen.ID, longer.Start)
	}
	var r map[string]any
	if err := json.Unmarshal(a.Data, &r); err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]any{
		"type": "complete", "generation": "0000000000000005", "bytes": 1000.0, "records": 3.0, "checksum": "crc32c:00000abc",
		"partition": 2.0, "first_offset": 7.0, "last_offset": 9.0, "path_base64": "L3Zhci9sb2cv/w==", "topic": "data",
	} {
		if r[key] != want {
			t.Errorf("%s is %v, want %v", key, r[key], want)
		}
	}
	c := sample(5, 1000)
	c.Tally = tally.Tally{Bytes: 10, Records: 1, Flags: tally.Scattered}
	s := segment(c)
	if err := json.Unmarshal(s.Data, &r); err != nil {
		t.Fatal(err)
	}
	if r["checksum"] != nil || r["partition"] != nil || r["counted_bytes"] != 10.0 {
		t.Errorf("%s", s.Data)
	}
}

// TestInherited: what an auditor has not seen acknowledged when it ends, and what is
// added to it later, is sent by the one in its place, and done is called there.
func TestInherited(t *testing.T) {
	log := slog.New(slog.DiscardHandler)
	run := func(a *Auditor, until func() bool) {
		t.Helper()
		ctx, cancel := context.WithCancel(context.Background())
		var wg sync.WaitGroup
		wg.Go(func() { a.Run(ctx, context.Background()) })
		defer wg.Wait()
		defer cancel()
		await.True(t, time.Minute, "it has done so much", until)
	}
	var mu sync.Mutex
	done := map[uint64]int{}
	add := func(a *Auditor, generation uint64) {
		c := sample(generation, 1000)
		if err := a.Add(New(c, "agent"), generation, "audit", func() {
			mu.Lock()
			defer mu.Unlock()
			done[generation]++
		}); err != nil {
			t.Fatal(err)
		}
	}
	lost := &scripted{states: []outputs.State{outputs.Unresolved, outputs.Unresolved, outputs.Unresolved, outputs.Unresolved}}
	old, heir := NewAuditor(lost, log), NewAuditor(&scripted{}, log)
	add(old, 1)
	run(old, func() bool {
		lost.mu.Lock()
		defer lost.mu.Unlock()
		return len(lost.writes) > 0
	})
	add(old, 2)
	heir.Inherit(old)
	add(old, 3)
	run(heir, func() bool {
		mu.Lock()
		defer mu.Unlock()
		return len(done) == 3
	})
	if n, _ := heir.Status(); n != 0 || done[1] != 1 || done[2] != 1 || done[3] != 1 {
		t.Errorf("%d are left, done was called %v times", n, done)
	}
}
