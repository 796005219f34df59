package guard

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"time"

	"shipper/agent/config"
	"shipper/agent/failover"
	"shipper/agent/failover/objects"
	"shipper/agent/failover/recall"
	"shipper/agent/pipeline"
	"shipper/agent/routes"
	"shipper/agent/status"
	"shipper/agent/stored"
	"shipper/checkpoint"
)

// Guard is the failover of a pipeline: when its lines are put aside, and where.
type Guard struct {
	of, to *pipeline.Pipeline
	keeper *failover.Keeper
	cache  *objects.Cache
	due    bool // what is aside is to be taken back, since the state is new or was lost
}

// Owe notes for each failover of a configuration that what it has aside is to be taken
// back, if the state is new or was lost. It is for the beginning: a process that ends
// before it has built its outputs leaves a state that is neither.
func Owe(store *checkpoint.Store, cfg *config.Config) {
	for _, o := range cfg.Outputs {
		if o.Kafka != nil && o.Kafka.Failover != nil {
			_ = due(store, nil, o.Name())
		}
	}
}

// due tells whether what an output's failover has aside is to be taken back: it is noted so,
// or the state is new or was lost, which is noted then.
func due(store *checkpoint.Store, notes map[string]string, output string) bool {
	name := recall.Note(output)
	if notes[name] != "" {
		return true
	}
	r := store.Report()
	if r.Fresh || r.Lost {
		store.Commit(&checkpoint.Changes{Notes: map[string]string{name: "due"}})
	}
	return r.Fresh || r.Lost
}

// Renew returns a guard of one pipeline by another, which that one heeds from now on.
// It goes on from where before was, nil if there was none: both move the same states, so
// that before may be tended meanwhile. Lines go nowhere else until the other's output can
// put them aside.
func Renew(before *Guard, cfg *config.Failover, of, to *pipeline.Pipeline, store *checkpoint.Store, log *slog.Logger) *Guard {
	place, ok := to.Place()
	if !ok {
		return before
	}
	g := &Guard{of: of, to: to}
	if before != nil {
		g.keeper, g.cache = before.keeper, before.cache
		g.due = before.due
		g.cache.From(place)
	} else {
		g.keeper = &failover.Keeper{Output: of.Name(), Commit: store.Commit, Health: store.Health, Log: log}
		notes := store.State().Notes
		g.keeper.Load(notes)
		g.cache = objects.NewCache(place)
		g.due = due(store, notes, of.Name())
	}
	g.keeper.Use(failover.Settings{
		Policy: failover.Policy{After: cfg.After, WhenRunwayBelow: cfg.WhenRunwayBelow, ReturnAfter: cfg.ReturnAfter},
		Delete: cfg.OnReturned == "delete", Store: place, Rate: cfg.ReturnRate,
	})
	of.Guard(g.keeper)
	return g
}

// End takes the failover away. No lane reads of it any more; nil is fine.
func (g *Guard) End() {
	if g != nil {
		g.of.Guard(nil)
		g.cache.Close()
	}
}

// To is the pipeline that puts lines aside.
func (g *Guard) To() *pipeline.Pipeline { return g.to }

// Follow gives a route of the guarded pipeline one that follows it, with that number in
// its input, and the list of what is aside, as it is in the state. looked tells whether the
// input has looked for its files.
func (g *Guard) Follow(r *routes.Route, number int, state *checkpoint.State, looked func() bool) *routes.Route {
	streamOf := func(g *checkpoint.Generation) string { s, _ := stored.StreamOf(g, r.Input()); return s }
	aside := failover.NewAside(r.ID(), state, streamOf, g.cache)
	aside.Health, aside.Looked = g.keeper.Health, looked
	return r.Follow(aside, number, g.to.Name(), g.of.Diverting)
}

// Tend moves the states of the shards on, and settles what has returned of asides, which
// are those of all routes of the pipeline. leave is whether the host goes away. It is
// for one goroutine, and blocks while objects are marked or deleted.
func (g *Guard) Tend(ctx context.Context, now time.Time, leave bool, asides []*failover.Aside) {
	signs := g.of.Signs(leave)
	if slices.ContainsFunc(asides, func(a *failover.Aside) bool { return !a.Looked() && len(a.Streams()) > 0 }) {
		for shard, s := range signs {
			s.Unseen = true
			signs[shard] = s
		}
	}
	for _, shard := range g.keeper.Tick(now, signs) {
		g.of.Divert(shard, g.to)
	}
	g.keeper.Settle(ctx, now, asides)
}

// Status describes the failover; nil has none.
func (g *Guard) Status(asides []*failover.Aside) *status.Failover {
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
	for _, aside := range asides {
		bytes, ranges := aside.Pending()
		f.AsideBytes, f.AsideObjects = f.AsideBytes+bytes, f.AsideObjects+ranges
		f.DivertedBytes += aside.Bytes.Load()
		f.DivertedRecords += aside.Records.Load()
		f.DivertedObjects += aside.Objects.Load()
		f.ReturnedObjects += aside.Returned.Load()
	}
	return f
}
