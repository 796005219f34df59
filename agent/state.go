package agent

import (
	"sort"
	"strings"
	"time"

	"shipper/agent/config"
	"shipper/checkpoint"
	"shipper/inputs/logfile"
)

// This file translates between the words of the checkpoint, which knows nothing
// of the rest, and those of the input.

// streamKey is how a generation's stream is stored: two inputs that match the
// same file share its generation, but what stream it is in is each one's own.
func streamKey(label, stream string) string { return label + "/" + stream }

// StreamOf returns the stream that the input of that label stored for a
// generation, and whether that input was the last to store one.
func StreamOf(g *checkpoint.Generation, label string) (stream string, ok bool) {
	return strings.CutPrefix(g.Stream, streamKey(label, ""))
}

// addProgress adds what a commit of one route means for the checkpoint.
func addProgress(c *checkpoint.Changes, p logfile.Progress, r *route) {
	if p.Generation == 0 {
		return // refused by the input, which said why
	}
	if i := p.Identity; i != nil {
		c.Identities = append(c.Identities, checkpoint.Identity{
			ID: i.ID, Stream: streamKey(r.input.Label, i.Stream), Path: i.Path, Device: i.Device, Inode: i.Inode, Birth: i.Birth,
			Truncations: i.Truncations, Order: i.Order, HeadLength: i.HeadLength, HeadHash: i.HeadHash,
			LastSeen: time.Now().Unix(),
		})
	}
	c.Offsets = append(c.Offsets, checkpoint.Offset{
		Generation: p.Generation, Route: r.id, Watermark: checkpoint.Watermark(p.Position),
	})
}

// resetChanges empties changes and keeps their memory.
func resetChanges(c *checkpoint.Changes) {
	*c = checkpoint.Changes{Identities: c.Identities[:0], Offsets: c.Offsets[:0]}
}

// savedFor lists what is known of every generation for the input of that label,
// whose routes have these ids, in the order of the input's routes. Where another
// input saved the generation last, the stream and the place in it are left for
// the input to find out.
func savedFor(state checkpoint.State, label string, ids []checkpoint.RouteID) []logfile.Saved {
	saved := make([]logfile.Saved, 0, len(state.Generations))
	for _, g := range state.Generations {
		s := logfile.Saved{
			Identity: logfile.Identity{
				ID: g.ID, Path: g.Path, Device: g.Device, Inode: g.Inode, Birth: g.Birth,
				Truncations: g.Truncations, Order: g.Order, HeadLength: g.HeadLength, HeadHash: g.HeadHash,
			},
			Positions: map[int]logfile.Position{},
		}
		var ours bool
		if s.Stream, ours = StreamOf(g, label); !ours {
			s.Stream, s.Order = "", 0
		}
		for i, id := range ids {
			if w, ok := g.Watermarks[id]; ok {
				s.Positions[i] = logfile.Position(w)
			}
		}
		saved = append(saved, s)
	}
	return saved
}

// routeTable gives every configured route its number. A route is known by its
// input's and output's labels. A new one inherits, per generation, the smallest
// watermark that any route which is configured no longer has there with the same
// destination: at worst duplicates, never loss.
type routeTable struct {
	state checkpoint.State
	next  checkpoint.RouteID
	used  map[checkpoint.RouteID]bool
	fresh []checkpoint.Route // not in the state yet
}

func newRouteTable(state checkpoint.State, configured []checkpoint.Route) *routeTable {
	t := &routeTable{state: state, used: map[checkpoint.RouteID]bool{}}
	for id, r := range state.Routes {
		t.next = max(t.next, id)
		for _, c := range configured {
			if c.Input == r.Input && c.Output == r.Output {
				t.used[id] = true
			}
		}
	}
	// Nor is a number given out that only watermarks bear: a crash came between.
	for _, g := range state.Generations {
		for id := range g.Watermarks {
			t.next = max(t.next, id)
		}
	}
	return t
}

// number returns the id of a configured route, and the watermarks that it
// inherits if it is new.
func (t *routeTable) number(r checkpoint.Route) (checkpoint.RouteID, []checkpoint.Offset) {
	for id, known := range t.state.Routes {
		if known.Input == r.Input && known.Output == r.Output {
			if known.Destination != r.Destination {
				r.ID = id
				t.fresh = append(t.fresh, r)
			}
			return id, nil
		}
	}
	t.next++
	r.ID = t.next
	t.fresh = append(t.fresh, r)
	var inherited []checkpoint.Offset
	for gid, g := range t.state.Generations {
		if w, ok := t.smallest(g, r.Destination); ok {
			inherited = append(inherited, checkpoint.Offset{Generation: gid, Route: r.ID, Watermark: w})
		}
	}
	return r.ID, inherited
}

// smallest is the lowest watermark in g of the routes to destination that are
// configured no longer.
func (t *routeTable) smallest(g *checkpoint.Generation, destination string) (checkpoint.Watermark, bool) {
	var least checkpoint.Watermark
	found := false
	for id, w := range g.Watermarks {
		if t.used[id] || !sameDestination(t.state.Routes[id].Destination, destination) {
			continue
		}
		if !found || w.Offset < least.Offset {
			least, found = w, true
		}
	}
	return least, found
}

// destination names the place behind an output, whatever its label.
func destination(o *config.Output) string {
	switch {
	case o.Kafka != nil:
		brokers := append([]string(nil), o.Kafka.Brokers...)
		sort.Strings(brokers)
		return "kafka://" + strings.Join(brokers, ",")
	case o.File != nil:
		return "file://" + o.File.Path
	default:
		return o.Kind + "://" + o.Label
	}
}

// sameDestination tells whether two destinations are one place. Kafka clusters
// are the same if they share a broker's address: lists of brokers grow.
func sameDestination(a, b string) bool {
	if a == b {
		return true
	}
	a, aok := strings.CutPrefix(a, "kafka://")
	b, bok := strings.CutPrefix(b, "kafka://")
	if !aok || !bok {
		return false
	}
	for _, x := range strings.Split(a, ",") {
		for _, y := range strings.Split(b, ",") {
			if x == y {
				return true
			}
		}
	}
	return false
}
