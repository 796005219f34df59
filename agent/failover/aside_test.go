package failover

import (
	"context"
	"errors"
	"testing"
	"time"

	"shipper/agent/failover/objects"
	"shipper/checkpoint"
	"shipper/inputs"
	"shipper/inputs/logfile"
	"shipper/outputs/s3"
	"shipper/outputs/s3/object"
)

const generation = 0xfeed

func segment(start, end int64) *inputs.Segment {
	data := make([]byte, end-start)
	for i := range data {
		data[i] = byte('a' + (start+int64(i))%26)
	}
	return &inputs.Segment{Gen: &inputs.Generation{ID: generation, Stream: &inputs.Stream{Name: "log"}}, Start: start, End: end, Data: data}
}

func store(a *Aside, c *checkpoint.Changes, start, end int64, key string) {
	a.Stored(c, logfile.Progress{Generation: generation, Position: logfile.Position{Offset: end, ProofLength: 5, ProofHash: 7}}, segment(start, end), key)
}

// bucket is a Store that holds what a test puts into it.
type bucket struct {
	Store
	objects map[string]*inputs.Segment
	gets    int
	deletes int
}

func (b *bucket) Delete(context.Context, string) error {
	b.deletes++
	return nil
}

func (b *bucket) Get(_ context.Context, key string) (*object.Meta, *inputs.Segment, error) {
	b.gets++
	if seg := b.objects[key]; seg != nil {
		return nil, seg, nil
	}
	return nil, nil, s3.ErrNotThere
}

// TestAside: what is aside counts as safe only where it follows on, is due only
// when the route has passed it, and survives the process.
func TestAside(t *testing.T) {
	state := &checkpoint.State{Generations: map[uint64]*checkpoint.Generation{}}
	streamOf := func(*checkpoint.Generation) string { return "log" }
	a := NewAside(3, state, streamOf, nil)
	var c checkpoint.Changes
	store(a, &c, 100, 200, "k-1")
	store(a, &c, 200, 300, "k-2")
	store(a, &c, 350, 400, "k-3")
	a.Intend(&c, segment(400, 500), "k-4")
	for at, want := range map[int64]int64{0: 0, 99: 99, 100: 300, 150: 300, 299: 300, 300: 300, 349: 349, 350: 400, 400: 400} {
		if got := a.Safe(generation, logfile.Position{Offset: at}); got.Offset != want {
			t.Errorf("safe from %d on: %d, want %d", at, got.Offset, want)
		}
	}
	for _, h := range []struct {
		start, end int64
		later      time.Duration
		want       bool
	}{{100, 300, time.Minute, true}, {150, 299, time.Minute, true}, {100, 300, 0, false}, {100, 301, time.Minute, false}, {99, 300, time.Minute, false}, {350, 500, time.Minute, false}} {
		if got := a.Holds(generation, h.start, h.end, time.Now().Add(h.later)); got != h.want {
			t.Errorf("holds %d to %d %s later: %v", h.start, h.end, h.later, got)
		}
	}
	a.Health = func() error { return errors.New("the disk is full") }
	if a.Holds(generation, 100, 300, time.Now().Add(time.Minute)) {
		t.Error("holds what a crash may forget")
	}
	a.Health = nil
	if start, end, ok := a.Span(generation, 120); start != 120 || end != 300 || !ok {
		t.Errorf("span %d to %d, %v", start, end, ok)
	}
	if start, end, ok := a.Span(generation, 300); start != 350 || end != 500 || !ok {
		t.Errorf("span behind a gap %d to %d, %v", start, end, ok)
	}
	if due := a.Due(); len(due) != 0 {
		t.Errorf("due before the route passed anything: %+v", due)
	}
	if kept := a.Kept(); len(kept) != 1 || kept[0] != (Kept{"log", 250, 3}) {
		t.Errorf("kept: %+v", kept)
	}
	a.Passed(generation, 299)
	if kept := a.Kept(); len(kept) != 1 || kept[0] != (Kept{"log", 51, 2}) {
		t.Errorf("kept, of what was passed in part: %+v", kept)
	}
	if due := a.Due(); len(due) != 1 || due[0].Key != "k-1" {
		t.Errorf("due at 299: %+v", due)
	}
	// Another process.
	state.Notes = c.Notes
	state.Generations[generation] = &checkpoint.Generation{Watermarks: map[checkpoint.RouteID]checkpoint.Watermark{3: {Offset: 300}}}
	if other := NewAside(4, state, streamOf, nil); len(other.Due()) != 0 {
		t.Error("another route has them, too")
	}
	b := NewAside(3, state, streamOf, nil)
	if got := b.Safe(generation, logfile.Position{Offset: 100}); got != (logfile.Position{Offset: 300, ProofLength: 5, ProofHash: 7}) {
		t.Errorf("safe after a restart: %+v", got)
	}
	due := b.Due()
	if len(due) != 2 || !b.Streams()["log"] {
		t.Fatalf("due after a restart: %+v", due)
	}
	var forget checkpoint.Changes
	for _, r := range due {
		b.Forget(&forget, r)
	}
	for name, text := range forget.Notes {
		if _, known := c.Notes[name]; !known || text != "" {
			t.Errorf("forgets %q with %q", name, text)
		}
	}
	if bytes, objects := b.Pending(); bytes != 150 || objects != 2 || len(b.Due()) != 0 {
		t.Errorf("%d bytes in %d objects are left", bytes, objects)
	}
}

// TestReadAside: objects are read across their borders; one that was only intended
// counts if it is there.
func TestReadAside(t *testing.T) {
	s := &bucket{objects: map[string]*inputs.Segment{"k-1": segment(100, 200), "k-2": segment(150, 300), "k-3": segment(300, 310)}}
	a := NewAside(1, &checkpoint.State{}, nil, objects.NewCache(s))
	var c checkpoint.Changes
	store(a, &c, 100, 200, "k-1")
	store(a, &c, 150, 300, "k-2")
	a.Intend(&c, segment(300, 310), "k-3")
	a.Intend(&c, segment(310, 320), "k-4") // never stored
	f := Places{nil, a}.Open(1, generation, nil)
	p := make([]byte, 400)
	n, err := f.Pread(p, 120)
	if want := segment(120, 310).Data; err != nil || string(p[:n]) != string(want) {
		t.Fatalf("%d bytes, %v; want %d", n, err, len(want))
	}
	if info, err := f.Stat(); err != nil || info.Size != 310 {
		t.Errorf("size %d, %v", info.Size, err)
	}
	before := s.gets
	if n, err = f.Pread(p[:5], 305); n != 5 || err != nil || s.gets != before {
		t.Errorf("%d bytes, %v, %d more reads", n, err, s.gets-before)
	}
	delete(s.objects, "k-1")
	if _, err = f.Pread(p[:5], 110); !errors.Is(err, s3.ErrNotThere) {
		t.Errorf("an object that is gone: %v", err)
	}
}

// TestForgottenBeforeItWasStored: the route passes a range while its object is still
// under way. Once it is there it is due.
func TestForgottenBeforeItWasStored(t *testing.T) {
	a := NewAside(1, &checkpoint.State{}, nil, nil)
	var c checkpoint.Changes
	a.Intend(&c, segment(0, 100), "k-1")
	a.Passed(generation, 100)
	for _, r := range a.Due() { // no object of that name is there
		a.Forget(&c, r)
	}
	if len(a.Streams()) != 0 {
		t.Error("something is aside")
	}
	store(a, &c, 0, 100, "k-1")
	if due := a.Due(); len(due) != 1 || due[0].Intent {
		t.Errorf("due: %+v", due)
	}
}

// TestNothingAsideAnyMore: of a log of which no object is there nothing is aside.
func TestNothingAsideAnyMore(t *testing.T) {
	a := NewAside(1, &checkpoint.State{}, nil, objects.NewCache(&bucket{}))
	var c checkpoint.Changes
	a.Intend(&c, segment(0, 100), "k-1")
	if n, err := (Places{a}).Open(0, generation, nil).Pread(make([]byte, 10), 0); n != 0 || err != nil {
		t.Fatalf("%d bytes, %v", n, err)
	}
	if s := a.Streams(); len(s) != 0 {
		t.Errorf("lines are aside of %v", s)
	}
}

// TestUnsafeState: while the state does not become durable no object is deleted: a crash
// would have its lines asked for once more.
func TestUnsafeState(t *testing.T) {
	a := NewAside(1, &checkpoint.State{}, nil, nil)
	var c checkpoint.Changes
	store(a, &c, 0, 100, "k-1")
	a.Passed(generation, 100)
	full := errors.New("the disk is full")
	s := &bucket{}
	k := &Keeper{Commit: func(*checkpoint.Changes) {}, Health: func() error { return full }}
	k.Use(Settings{Delete: true, Store: s})
	k.Settle(t.Context(), time.Now(), []*Aside{a})
	if s.deletes != 0 {
		t.Error("an object was deleted")
	}
	full = nil
	k.Settle(t.Context(), time.Now(), []*Aside{a})
	if s.deletes != 1 || len(a.Streams()) != 0 {
		t.Errorf("%d objects deleted, aside: %v", s.deletes, a.Streams())
	}
}
