package routes

import (
	"testing"

	"shipper/checkpoint"
)

const (
	here  = "kafka://k1:9092,k2:9092"
	there = "kafka://other:9092"
)

// everything is an input that matches all paths.
func everything(string) bool { return true }

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

	got, inherited := table.Number(kept, everything)
	if got.ID != 3 || inherited != nil {
		t.Errorf("a known route got id %d and inherits %v", got.ID, inherited)
	}
	got, inherited = table.Number(fresh, everything)
	if got.ID != 5 || len(inherited) != 1 || inherited[0].Generation != 10 || inherited[0].Offset != 300 || inherited[0].Route != 5 {
		t.Errorf("the new route got id %d and inherits %+v, want 300 in generation 10", got.ID, inherited)
	}
	for _, r := range table.Fresh() {
		switch r.ID {
		case 5:
		case 2: // what the new one inherits from
			if r.Heir == 5 {
				continue
			}
			fallthrough
		default:
			t.Errorf("to be recorded: %+v", r)
		}
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
	if got, _ := table.Number(kept, everything); got.Cluster != "A" || len(table.Fresh()) != 0 {
		t.Errorf("a known route is %+v", got)
	}
	got, inherited := table.Number(fresh, everything)
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
	if got, inherited := table.Number(elsewhere, everything); got.Cluster != "" || len(inherited) > 0 {
		t.Errorf("a route to another place is %+v and inherits %v", got, inherited)
	}
}

// A block that is renamed again and again, or whose output is, goes on from where
// the last name stood, and so does one that gets an old name back. What a former
// name's own offset was is history.
func TestRoutesOfFormerNames(t *testing.T) {
	state := checkpoint.State{
		Routes: map[checkpoint.RouteID]checkpoint.Route{}, Generations: map[uint64]*checkpoint.Generation{10: {Watermarks: map[checkpoint.RouteID]checkpoint.Watermark{}}},
	}
	watermarks := state.Generations[10].Watermarks
	// configure loads a configuration with these inputs, and returns their ids.
	configure := func(inputs ...string) (ids []checkpoint.RouteID) {
		var all []checkpoint.Route
		for _, in := range inputs {
			all = append(all, checkpoint.Route{Input: in, Output: "kafka.a", Destination: here})
		}
		table := New(state, all)
		for _, r := range all {
			known, inherited := table.Number(r, everything)
			for _, o := range inherited {
				watermarks[o.Route] = mark(max(o.Offset, watermarks[o.Route].Offset)) // offsets only grow
			}
			ids = append(ids, known.ID)
		}
		for _, r := range table.Fresh() {
			state.Routes[r.ID] = r
		}
		return ids
	}
	stands := func(id checkpoint.RouteID, at int64) {
		t.Helper()
		if got := watermarks[id].Offset; got != at {
			t.Errorf("route %d, input %s, stands at %d, want %d", id, state.Routes[id].Input, got, at)
		}
		watermarks[id] = mark(at + 100) // and ships on
	}
	a := configure("a")[0]
	stands(a, 0)
	stands(configure("b")[0], 100)
	c := configure("c")[0]
	stands(c, 200)
	if back := configure("a")[0]; back != a {
		t.Errorf("a known name got the new id %d", back)
	}
	stands(a, 300)
	stands(configure("b")[0], 400)
	// The heir is still there: each has its own offset.
	both := configure("b", "a")
	stands(both[1], 400)
	stands(both[0], 500)
	// Both go: the new one takes the smaller, and ships the rest of the other again.
	stands(configure("d")[0], 500)
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
