package routes

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
	table := New(state, []checkpoint.Route{kept, fresh})

	got, inherited := table.Number(kept)
	if got.ID != 3 || inherited != nil {
		t.Errorf("a known route got id %d and inherits %v", got.ID, inherited)
	}
	got, inherited = table.Number(fresh)
	if got.ID != 5 || len(inherited) != 1 || inherited[0].Generation != 10 || inherited[0].Offset != 300 || inherited[0].Route != 5 {
		t.Errorf("the new route got id %d and inherits %+v, want 300 in generation 10", got.ID, inherited)
	}
	if len(table.Fresh) != 1 || table.Fresh[0].ID != 5 {
		t.Errorf("routes to be recorded: %+v", table.Fresh)
	}
}

// Where clusters have told their ids, these count and not the addresses; what is
// inherited is of the cluster that acknowledged it, and waits for no other.
func TestNewRouteInheritsFromTheSameCluster(t *testing.T) {
	route := func(id checkpoint.RouteID, output, destination, cluster string) checkpoint.Route {
		return checkpoint.Route{ID: id, Input: "in", Output: output, Destination: destination, Cluster: cluster}
	}
	state := checkpoint.State{
		Routes: map[checkpoint.RouteID]checkpoint.Route{
			1: route(1, "kafka.moved", "kafka://before:9092", "A"),
			2: route(2, "kafka.kept", here, "A"),
			3: route(3, "kafka.former", here, "B"), // was behind the same addresses
			4: route(4, "kafka.silent", "kafka://k2:9092", ""),
		},
		Generations: map[uint64]*checkpoint.Generation{
			10: {Watermarks: map[checkpoint.RouteID]checkpoint.Watermark{1: mark(500), 2: mark(10), 3: mark(100)}},
			11: {Watermarks: map[checkpoint.RouteID]checkpoint.Watermark{1: mark(500), 4: mark(50)}},
		},
	}
	state.Routes[5] = route(5, "kafka.newest", here, "A")
	kept := checkpoint.Route{Input: "in", Output: "kafka.kept", Destination: here}
	fresh := checkpoint.Route{Input: "in", Output: "kafka.Fresh", Destination: here}
	table := New(state, []checkpoint.Route{kept, fresh})
	if got, _ := table.Number(kept); got.Cluster != "A" || len(table.Fresh) != 0 {
		t.Errorf("a known route is %+v", got)
	}
	got, inherited := table.Number(fresh)
	want := map[uint64]int64{10: 500, 11: 50}
	for _, o := range inherited {
		if want[o.Generation] != o.Offset {
			t.Errorf("inherits %+v, want %v", o, want)
		}
		delete(want, o.Generation)
	}
	if len(want) > 0 || got.Cluster != "A" {
		t.Errorf("inherits nothing for %v, cluster %q", want, got.Cluster)
	}
	// With nothing to inherit, it has no cluster yet.
	elsewhere := checkpoint.Route{Input: "in", Output: "kafka.x", Destination: there}
	if got, inherited := table.Number(elsewhere); got.Cluster != "" || len(inherited) > 0 {
		t.Errorf("a route to another place is %+v and inherits %v", got, inherited)
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
