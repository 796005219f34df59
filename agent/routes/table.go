package routes

import "shipper/checkpoint"

// Table gives every configured route its number. A route is known by its
// input's and output's labels. A new one inherits, per generation, the smallest
// watermark that any route which is configured no longer has there with the same
// destination: at worst duplicates, never loss. What it inherits was acknowledged
// by some cluster, so it inherits that, too, and waits if it meets another.
type Table struct {
	state checkpoint.State
	next  checkpoint.RouteID
	used  map[checkpoint.RouteID]bool
	// Fresh are the routes that are not in the state yet, or not as they are now.
	Fresh []checkpoint.Route
}

// New makes the table for a state and all routes that are configured.
func New(state checkpoint.State, configured []checkpoint.Route) *Table {
	t := &Table{state: state, used: map[checkpoint.RouteID]bool{}}
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
// watermarks that it inherits if it is new.
func (t *Table) Number(r checkpoint.Route) (checkpoint.Route, []checkpoint.Offset) {
	for id, known := range t.state.Routes {
		if known.Input == r.Input && known.Output == r.Output {
			r.ID, r.Cluster = id, known.Cluster
			if known != r {
				t.Fresh = append(t.Fresh, r)
			}
			return r, nil
		}
	}
	t.next++
	r.ID = t.next
	heir := r
	heir.Cluster = t.clusterAt(r.Destination)
	var inherited []checkpoint.Offset
	for gid, g := range t.state.Generations {
		if w, ok := t.smallest(g, heir); ok {
			inherited = append(inherited, checkpoint.Offset{Generation: gid, Route: r.ID, Watermark: w})
		}
	}
	if len(inherited) > 0 {
		r = heir
	}
	t.Fresh = append(t.Fresh, r)
	return r, inherited
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

// smallest is the lowest watermark in g of the routes to the heir's cluster that
// are configured no longer; where a cluster is not known, its addresses tell.
func (t *Table) smallest(g *checkpoint.Generation, heir checkpoint.Route) (checkpoint.Watermark, bool) {
	var least checkpoint.Watermark
	found := false
	for id, w := range g.Watermarks {
		old := t.state.Routes[id]
		same := old.Cluster == heir.Cluster
		if old.Cluster == "" || heir.Cluster == "" {
			same = sameDestination(old.Destination, heir.Destination)
		}
		if t.used[id] || !same {
			continue
		}
		if !found || w.Offset < least.Offset {
			least, found = w, true
		}
	}
	return least, found
}
