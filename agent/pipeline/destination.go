package pipeline

import (
	"errors"

	"shipper/agent/routes"
	"shipper/checkpoint"
)

// identified is an output that can tell what is behind it, whatever its address:
// a Kafka cluster has an id.
type identified interface {
	// Identity returns the id of what answered last, "" if it has none, and
	// false while nothing has answered. It does not block.
	Identity() (id string, ok bool)
}

// errUnheard: nothing has answered yet that could say what it is.
var errUnheard = errors.New("the cluster has not said its id yet")

// admit returns nil if the lines of a feed may go to what is behind the output
// now, and else why they wait. A route that no cluster has acknowledged anything
// of takes whichever answers first, and a cluster that tells no id is believed
// to be the right one. It does not block.
func (p *Pipeline) admit(f *feed) error {
	cluster := f.route.cluster()
	if p.identified == nil || cluster == "" {
		return nil
	}
	id, ok := p.identified.Identity()
	switch {
	case !ok:
		// The output asks the cluster for what it is asked for, and hears the
		// id with the answer.
		if _, err := p.output.Shard(f.cursor.Stream()); err != nil {
			return err
		}
		return errUnheard
	case id != "" && id != cluster:
		return f.route.hold(id)
	}
	f.route.letGo()
	return nil
}

// cluster is the id of what is behind the output now, "" if that is not known.
func (p *Pipeline) cluster() string {
	if p.identified == nil {
		return ""
	}
	id, _ := p.identified.Identity()
	return id
}

// hold notes that another cluster is behind the output.
func (r *Route) hold(id string) error {
	if held := r.held.Load(); held != nil && held.Now == id {
		return held
	}
	held := routes.NewOtherCluster(*r.known.Load(), id)
	r.held.Store(held)
	r.pipeline.log.Error("route waits for a decision", keyRoute, r.Name(), keyReason, held)
	return held
}

// letGo notes that the route's own cluster is there again.
func (r *Route) letGo() {
	if r.held.Load() != nil && r.held.Swap(nil) != nil {
		r.pipeline.log.Info("the route's own cluster answers again", keyRoute, r.Name())
	}
}

// cluster is the one that has acknowledged lines of the route, "" if none is
// known.
func (r *Route) cluster() string { return r.known.Load().Cluster }

// acknowledgedBy notes the cluster that was the first to acknowledge lines of the
// route, and adds it to what is committed with them.
func (r *Route) acknowledgedBy(cluster string, c *checkpoint.Changes) {
	for cluster != "" && r.cluster() == "" {
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
