package routes

import (
	"maps"
	"slices"

	"shipper/checkpoint"
)

// Table gives every configured route its number. A route is known by its
// input's and output's labels. A new one inherits, per generation, the smallest
// watermark that any route which is configured no longer has there with the same
// destination: at worst duplicates, never loss. What it inherits was acknowledged
// by some cluster, so it inherits that, too, and waits if it meets another.
//
// Those that it inherits from have it as their heir: what it ships from then on,
// they need not ship. So of routes without configuration the heirs count and not
// those before them, and one that is configured again goes on from where its heir
// got, unless that is still configured: then each has its own offsets.
type Table struct {
	state checkpoint.State
	next  checkpoint.RouteID
	used  map[checkpoint.RouteID]bool
	fresh map[checkpoint.RouteID]checkpoint.Route
}

// New makes the table for a state and all routes that are configured.
func New(state checkpoint.State, configured []checkpoint.Route) *Table {
	t := &Table{state: state, used: map[checkpoint.RouteID]bool{}, fresh: map[checkpoint.RouteID]checkpoint.Route{}}
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

// Number returns what is known of a configured route, its id above all, and the
// watermarks that it inherits, if it is new: in generations that were last seen at a
// path of its input's. What others are known to have is nothing to it, and would
// grow old with it.
func (t *Table) Number(r checkpoint.Route, ours func(path string) bool) (checkpoint.Route, []checkpoint.Offset) {
	for id, known := range t.state.Routes {
		if known.Input == r.Input && known.Output == r.Output {
			r.ID, r.Cluster = id, known.Cluster
			inherited := t.takeBack(&known)
			if known != r {
				t.fresh[id] = r
			}
			return r, inherited
		}
	}
	t.next++
	r.ID = t.next
	heir := r
	heir.Cluster = t.clusterAt(r.Destination)
	var inherited []checkpoint.Offset
	for gid, g := range t.state.Generations {
		if !ours(g.Path) {
			continue
		}
		if from, w := t.smallest(g, heir); from != 0 {
			inherited = append(inherited, checkpoint.Offset{Generation: gid, Route: r.ID, Watermark: w})
			t.inherit(from, r.ID)
		}
	}
	if len(inherited) > 0 {
		r = heir
	}
	t.fresh[r.ID] = r
	return r, inherited
}

// Fresh are the routes that are not in the state yet, or not as they are now.
func (t *Table) Fresh() []checkpoint.Route { return slices.Collect(maps.Values(t.fresh)) }

// takeBack returns what the heir of a route that is configured again has shipped,
// if the heir is configured no longer.
func (t *Table) takeBack(r *checkpoint.Route) []checkpoint.Offset {
	last := *r
	for {
		next, ok := t.state.Routes[last.Heir]
		if last.Heir == 0 || !ok || t.used[next.ID] || !samePlace(next, *r) {
			break
		}
		last = next
	}
	if last.ID == r.ID {
		return nil
	}
	t.inherit(last.ID, r.ID)
	var inherited []checkpoint.Offset
	for gid, g := range t.state.Generations {
		if w, ok := g.Watermarks[last.ID]; ok {
			inherited = append(inherited, checkpoint.Offset{Generation: gid, Route: r.ID, Watermark: w})
		}
	}
	return inherited
}

// inherit notes that a route that is configured no longer has an heir.
func (t *Table) inherit(from, heir checkpoint.RouteID) {
	r, ok := t.fresh[from]
	if !ok {
		r = t.state.Routes[from]
	}
	if r.ID != 0 && !t.used[r.Heir] {
		r.Heir = heir
		t.fresh[from] = r
	}
}

// clusterAt is the cluster that was last heard at any address of a destination,
// by the newest route that leads there, "" if none was.
func (t *Table) clusterAt(destination string) string {
	var newest checkpoint.Route
	for _, r := range t.state.Routes {
		if r.Cluster != "" && r.ID > newest.ID && sameDestination(r.Destination, destination) {
			newest = r
		}
	}
	return newest.Cluster
}

// smallest is the lowest watermark in g of the routes to the heir's place that are
// configured no longer, and whose it is, 0 if there is none. One whose own heir is
// among them does not count.
func (t *Table) smallest(g *checkpoint.Generation, heir checkpoint.Route) (from checkpoint.RouteID, least checkpoint.Watermark) {
	for id, w := range g.Watermarks {
		old := t.state.Routes[id]
		if t.used[id] || !samePlace(old, heir) {
			continue
		}
		if _, ok := g.Watermarks[old.Heir]; ok && !t.used[old.Heir] {
			continue
		}
		if from == 0 || w.Offset < least.Offset {
			from, least = id, w
		}
	}
	return from, least
}

// samePlace tells whether two routes lead to one cluster; where it is not known,
// the addresses tell.
func samePlace(a, b checkpoint.Route) bool {
	if a.Cluster == "" || b.Cluster == "" {
		return sameDestination(a.Destination, b.Destination)
	}
	return a.Cluster == b.Cluster
}
