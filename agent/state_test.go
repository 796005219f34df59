package agent

import (
	"testing"

	"shipper/checkpoint"
)

const (
	here  = "kafka://k1:9092,k2:9092"
	there = "kafka://other:9092"
)

func mark(offset int64) checkpoint.Watermark { return checkpoint.Watermark{Offset: offset} }

// A renamed route goes on where the old name stood; one that is still configured
// is no heir's business; of several the smallest offset counts.
func TestNewRouteInheritsTheSmallestWatermark(t *testing.T) {
	state := checkpoint.State{
		Routes: map[checkpoint.RouteID]checkpoint.Route{
			1: {ID: 1, Input: "old", Output: "kafka.a", Destination: here},
			2: {ID: 2, Input: "older", Output: "kafka.b", Destination: "kafka://k2:9092,k3:9092"},
			3: {ID: 3, Input: "kept", Output: "kafka.a", Destination: here},
			4: {ID: 4, Input: "elsewhere", Output: "kafka.c", Destination: there},
		},
		Generations: map[uint64]*checkpoint.Generation{
			10: {Watermarks: map[checkpoint.RouteID]checkpoint.Watermark{1: mark(500), 2: mark(300), 3: mark(100), 4: mark(50)}},
			11: {Watermarks: map[checkpoint.RouteID]checkpoint.Watermark{3: mark(100), 4: mark(50)}},
		},
	}
	kept := checkpoint.Route{Input: "kept", Output: "kafka.a", Destination: here}
	fresh := checkpoint.Route{Input: "new", Output: "kafka.a", Destination: here}
	table := newRouteTable(state, []checkpoint.Route{kept, fresh})

	id, inherited := table.number(kept)
	if id != 3 || inherited != nil {
		t.Errorf("a known route got id %d and inherits %v", id, inherited)
	}
	id, inherited = table.number(fresh)
	if id != 5 || len(inherited) != 1 || inherited[0].Generation != 10 || inherited[0].Offset != 300 || inherited[0].Route != 5 {
		t.Errorf("the new route got id %d and inherits %+v, want 300 in generation 10", id, inherited)
	}
	if len(table.fresh) != 1 || table.fresh[0].ID != 5 {
		t.Errorf("routes to be recorded: %+v", table.fresh)
	}
}

func TestSameDestination(t *testing.T) {
	for _, c := range []struct {
		a, b string
		same bool
	}{
		{here, here, true},
		{here, "kafka://k2:9092", true}, // lists of brokers grow and shrink
		{here, there, false},
		{"file:///a", "file:///a", true},
		{"file:///a", "file:///b", false},
		{"file:///a", here, false},
	} {
		if got := sameDestination(c.a, c.b); got != c.same {
			t.Errorf("sameDestination(%q, %q) = %v", c.a, c.b, got)
		}
	}
}

// An input that refused a commit hands out nothing to persist.
func TestNoProgressChangesNothing(t *testing.T) {
	var c checkpoint.Changes
	addProgress(&c, noProgress, &route{id: 1})
	if len(c.Identities)+len(c.Offsets) != 0 {
		t.Errorf("changes %+v", c)
	}
}
