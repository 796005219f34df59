package routes

import (
	"log/slog"

	"shipper/checkpoint"
)

// Cluster is the one that has acknowledged lines of the route, "" if none is
// known.
func (r *Route) Cluster() string { return r.known.Load().Cluster }

// Hold notes that another cluster is behind the output, and returns why the route's
// lines wait. The first time it is logged.
func (r *Route) Hold(id string, log *slog.Logger) error {
	if held := r.held.Load(); held != nil && held.Now == id {
		return held
	}
	held := newOtherCluster(*r.known.Load(), id)
	r.held.Store(held)
	log.Error("route waits for a decision", "route", r.Name(), "reason", held)
	return held
}

// LetGo notes that the route's own cluster is there again.
func (r *Route) LetGo(log *slog.Logger) {
	if r.held.Load() != nil && r.held.Swap(nil) != nil {
		log.Info("the route's own cluster answers again", "route", r.Name())
	}
}

// AcknowledgedBy notes the cluster that was the first to acknowledge lines of the
// route, and adds it to what is committed with them.
func (r *Route) AcknowledgedBy(cluster string, c *checkpoint.Changes) {
	for cluster != "" && r.Cluster() == "" {
		known := r.known.Load()
		changed := *known
		changed.Cluster = cluster
		if known.Cluster == "" && r.known.CompareAndSwap(known, &changed) {
			c.Routes = append(c.Routes, changed)
		}
	}
}

// LeadsTo notes the address that the route's output has now. A lane may note at the
// same time which cluster answers.
func (r *Route) LeadsTo(destination string) {
	for r.known.Load().Destination != destination {
		known := r.known.Load()
		changed := *known
		changed.Destination = destination
		r.known.CompareAndSwap(known, &changed)
	}
}
