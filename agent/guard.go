package agent

import (
	"cmp"
	"context"
	"slices"
	"time"

	"shipper/agent/config"
	"shipper/agent/config/compare"
	"shipper/agent/failover"
	"shipper/agent/failover/objects"
	"shipper/agent/failover/recall"
	"shipper/agent/pipeline"
	"shipper/agent/status"
	"shipper/agent/stored"
	"shipper/checkpoint"
	"shipper/inputs/logfile"
)

// guardEvery is how often it is looked whether an output stalls, and what returned.
const guardEvery = time.Second

// guard is the failover of a pipeline: where its lines are put aside, and when.
type guard struct {
	cfg    *config.Failover
	keeper *failover.Keeper
	to     *pipeline.Pipeline
	cache  *objects.Cache
}

// link gives the sinks of a setup the failovers that its configuration names.
func (a *Agent) link(s *setup) {
	for _, k := range s.sinks {
		var c *config.Failover
		if k.cfg.Kafka != nil {
			c = k.cfg.Kafka.Failover
		}
		if c == nil {
			k.guard.end()
			k.guard = nil
			k.Guard(nil)
			continue
		}
		to := s.sink(c.Output.Name()).Pipeline
		place, ok := to.Place()
		if g := k.guard; !ok || (g != nil && g.to == to && g.keeper.Store == place && compare.Same(g.cfg, c)) {
			continue
		}
		keeper := &failover.Keeper{
			Output: k.Name(), Delete: c.OnReturned == "delete",
			Policy: failover.Policy{After: c.After, WhenRunwayBelow: c.WhenRunwayBelow, ReturnAfter: c.ReturnAfter},
			Store:  place, Commit: a.store.Commit, Health: a.store.Health, Pace: failover.Pace{Rate: c.ReturnRate}, Log: a.log,
		}
		keeper.Load(a.store.State().Notes)
		g := &guard{cfg: c, keeper: keeper, to: to, cache: objects.NewCache(place)}
		if k.guard != nil { // inputs that go on read of it
			g.cache = k.guard.cache
			g.cache.From(place)
		}
		k.guard = g
		k.Guard(keeper)
	}
}

// end is for when no lane reads of it any more; nil is fine.
func (g *guard) end() {
	if g != nil {
		g.cache.Close()
	}
}

// follow gives the routes of a source whose outputs have a failover a second one
// each, and returns which follows which, and where what is gone can be read.
func (src *source) follow(s *setup, state *checkpoint.State, label string) (map[int]int, failover.Places) {
	follows, places := map[int]int{}, make(failover.Places, len(src.routes))
	for i, r := range src.routes {
		g := s.sink(r.Output()).guard
		if g == nil {
			continue
		}
		streamOf := func(g *checkpoint.Generation) string { s, _ := stored.StreamOf(g, label); return s }
		aside := failover.NewAside(r.ID(), state, streamOf, g.cache)
		aside.Health = g.keeper.Health
		places[i] = aside
		number := len(src.routes) + len(src.followers)
		follows[number] = i
		src.followers = append(src.followers, r.Follow(aside, number, g.to.Name(), src.pipes[i].Diverting))
		src.pipes = append(src.pipes, g.to)
	}
	return follows, places
}

// savedFor is what the state has for the input, and where what follows goes on.
func (src *source) savedFor(state checkpoint.State, label string, ids []checkpoint.RouteID) []logfile.Saved {
	saved := stored.For(state, label, ids)
	for i := range saved {
		for n, r := range src.routes {
			if aside := r.Aside(); aside != nil {
				saved[i].Positions[r.Follower().Number()] = aside.Safe(saved[i].ID, saved[i].Positions[n])
			}
		}
	}
	return saved
}

// watchFailovers moves all failovers on until ctx ends.
func (a *Agent) watchFailovers(ctx context.Context) {
	tick := time.NewTicker(guardEvery)
	defer tick.Stop()
	for {
		s, now := a.force.Load(), time.Now()
		for _, k := range s.sinks {
			if k.guard == nil {
				continue
			}
			for _, shard := range k.guard.keeper.Tick(now, k.Signs(a.leaving.Load())) {
				k.Divert(shard, k.guard.to)
			}
			k.guard.keeper.Settle(ctx, now, k.asides(s.sources))
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// asides are what the routes to the sink have put aside.
func (k *sink) asides(sources []*source) (all []*failover.Aside) {
	for _, src := range sources {
		if aside := k.asideOf(src); aside != nil {
			all = append(all, aside)
		}
	}
	return all
}

// asideOf is what an input's route to the sink has put aside, nil if there is none.
func (k *sink) asideOf(src *source) *failover.Aside {
	for _, r := range src.routes {
		if r.Output() == k.Name() {
			return r.Aside()
		}
	}
	return nil
}

// failoverStatus describes a sink's failover, nil if it has none.
func (k *sink) failoverStatus(sources []*source) *status.Failover {
	g := k.guard
	if g == nil {
		return nil
	}
	f := &status.Failover{To: g.to.Name()}
	var shards []failover.Shard
	shards, f.Edges, f.LastError = g.keeper.Describe()
	for _, s := range shards {
		f.Shards = append(f.Shards, status.FailoverShard{
			Topic: s.Shard.Topic, Partition: s.Shard.Partition, State: s.State.String(), Since: s.Since, Reason: s.Reason,
		})
	}
	slices.SortFunc(f.Shards, func(a, b status.FailoverShard) int {
		return cmp.Or(cmp.Compare(a.Topic, b.Topic), cmp.Compare(a.Partition, b.Partition))
	})
	for _, aside := range k.asides(sources) {
		bytes, ranges := aside.Pending()
		f.AsideBytes, f.AsideObjects = f.AsideBytes+bytes, f.AsideObjects+ranges
		f.DivertedBytes += aside.Bytes.Load()
		f.DivertedRecords += aside.Records.Load()
		f.DivertedObjects += aside.Objects.Load()
		f.ReturnedObjects += aside.Returned.Load()
	}
	return f
}

// recoverAside takes what was put aside before into a state that is new or lost.
// Shipping goes on meanwhile.
func (a *Agent) recoverAside(ctx context.Context) {
	if report := a.store.Report(); !report.Fresh && !report.Lost {
		return
	}
	s := a.force.Load()
	for _, k := range s.sinks {
		if k.guard == nil {
			continue
		}
		recall.Recall(ctx, k.guard.keeper, a.host, func(input string) *recall.Home {
			if src := sourceOf(s.sources, input); src != nil {
				if aside := k.asideOf(src); aside != nil {
					return &recall.Home{Aside: aside, Adopt: src.input.Adopt}
				}
			}
			return nil
		})
	}
}
