package agent

import (
	"cmp"
	"context"
	"slices"
	"time"

	"shipper/agent/config"
	"shipper/agent/config/compare"
	"shipper/agent/failover"
	"shipper/agent/failover/recall"
	"shipper/agent/runway"
	"shipper/agent/status"
	"shipper/agent/stored"
	"shipper/checkpoint"
	"shipper/inputs/logfile"
	"shipper/outputs"
)

// guardEvery is how often it is looked whether an output stalls, and what returned.
const guardEvery = time.Second

// guard is the failover of a pipeline: where its lines are put aside, and when.
type guard struct {
	cfg    *config.Failover
	keeper *failover.Keeper
	to     *pipeline
	cache  *failover.Cache
	pace   *failover.Pace // of those that return
}

// link gives the pipelines of a setup the failovers that its configuration names.
func (a *Agent) link(s *setup) {
	notes := a.store.State().Notes
	for _, p := range s.pipelines {
		var c *config.Failover
		if p.cfg.Kafka != nil {
			c = p.cfg.Kafka.Failover
		}
		if c == nil {
			p.guard.Store(nil)
			continue
		}
		to := s.pipeline(c.Output.Name())
		place, ok := to.output.(failover.Store)
		if g := p.guard.Load(); !ok || (g != nil && g.to == to && g.keeper.Store == place && compare.Same(g.cfg, c)) {
			continue
		}
		k := &failover.Keeper{
			Output: p.name, Policy: policyOf(c), Delete: c.OnReturned == "delete",
			Store: place, Commit: a.store.Commit, Health: a.store.Health, Log: a.log,
		}
		k.Load(notes)
		p.guard.Store(&guard{
			cfg: c, keeper: k, to: to, cache: failover.NewCache(place, asideObjects), pace: &failover.Pace{Rate: c.ReturnRate},
		})
	}
}

// asideObjects is how many objects of a store are held to be read in pieces.
const asideObjects = 2

func policyOf(c *config.Failover) failover.Policy {
	return failover.Policy{After: c.After, WhenRunwayBelow: c.WhenRunwayBelow, ReturnAfter: c.ReturnAfter}
}

// follow gives the routes of a source whose outputs have a failover a second one
// each, and returns which follows which, and where what is gone can be read.
func (src *source) follow(state *checkpoint.State, label string) (map[int]int, failover.Places) {
	follows, places := map[int]int{}, make(failover.Places, len(src.routes))
	for i, r := range src.routes {
		g := r.pipeline.guard.Load()
		if g == nil {
			continue
		}
		streamOf := func(g *checkpoint.Generation) string { s, _ := stored.StreamOf(g, label); return s }
		r.aside = failover.NewAside(r.id, state, streamOf, g.cache)
		r.aside.Health = g.keeper.Health
		places[i] = r.aside
		f := newRoute(checkpoint.Route{Input: label, Output: g.to.name}, r.input, g.to) // without a number: it has no offsets
		f.lead, f.number = r, i
		r.follower, r.followerNumber = f, len(src.routes)+len(src.followers)
		follows[r.followerNumber] = i
		src.followers = append(src.followers, f)
	}
	return follows, places
}

// savedFor is what the state has for the input, and where what follows goes on.
func (src *source) savedFor(state checkpoint.State, label string, ids []checkpoint.RouteID) []logfile.Saved {
	saved := stored.For(state, label, ids)
	for i := range saved {
		for n, r := range src.routes {
			if r.aside != nil {
				saved[i].Positions[r.followerNumber] = r.aside.Safe(saved[i].ID, saved[i].Positions[n])
			}
		}
	}
	return saved
}

// route is the one of that number in the input.
func (src *source) route(n int) *route {
	if n < len(src.routes) {
		return src.routes[n]
	}
	return src.followers[n-len(src.routes)]
}

// wake hands cursors that may have bytes to read to their pipelines.
func (src *source) wake(cursors []*logfile.Cursor) {
	all := slices.Concat(src.routes, src.followers)
	for _, r := range src.routes {
		r.pipeline.wake(cursors, all)
	}
	if len(src.followers) == 0 {
		return
	}
	awake := slices.DeleteFunc(slices.Clone(cursors), func(c *logfile.Cursor) bool {
		r := src.route(c.Route())
		return r.lead == nil || r.asleep(c)
	})
	for _, r := range src.followers {
		r.pipeline.wake(awake, all)
	}
}

// asleep tells whether a route follows another whose lines need not be put aside
// for this stream.
func (r *route) asleep(c *logfile.Cursor) bool {
	return r.lead != nil && r.lead.pipeline.stateOf(c.Of(r.number)) != failover.Diverting
}

// stateOf is how the failover stands for a stream.
func (p *pipeline) stateOf(c *logfile.Cursor) failover.State {
	g := p.guard.Load()
	if g == nil {
		return failover.Healthy
	}
	p.mu.Lock()
	f := p.feeds[c]
	s := failover.Unplaced(c.Stream().Topic)
	if f != nil && f.shard != nil {
		s = f.shard.id
	}
	p.mu.Unlock()
	return g.keeper.State(s)
}

// watchFailovers moves all failovers on until ctx ends.
func (a *Agent) watchFailovers(ctx context.Context) {
	tick := time.NewTicker(guardEvery)
	defer tick.Stop()
	for {
		s := a.force.Load()
		for _, p := range s.pipelines {
			if g := p.guard.Load(); g != nil {
				a.tend(ctx, s, p, g)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (a *Agent) tend(ctx context.Context, s *setup, p *pipeline, g *guard) {
	now := time.Now()
	var asides []*failover.Aside
	for _, src := range s.sources {
		for _, r := range src.routes {
			if r.pipeline == p && r.aside != nil {
				asides = append(asides, r.aside)
			}
		}
	}
	for _, shard := range g.keeper.Tick(now, p.signs(a.leaving.Load())) {
		p.divert(shard)
	}
	g.keeper.Settle(ctx, now, asides)
}

// signs are what is seen of the pipeline's shards.
func (p *pipeline) signs(leave bool) map[outputs.Shard]failover.Signs {
	aside := map[*route]map[string]bool{}
	p.mu.Lock()
	defer p.mu.Unlock()
	signs := map[outputs.Shard]failover.Signs{}
	for id, s := range p.shards {
		signs[id] = failover.Signs{Troubled: s.state.failures > 0, Well: s.state.acked, Reason: s.state.lastErr, Runway: -1, Leave: leave}
	}
	for _, f := range p.feeds {
		id := failover.Unplaced(f.cursor.Stream().Topic)
		if f.shard != nil {
			id = f.shard.id
		} else if !f.queued {
			continue
		}
		sign, known := signs[id]
		if !known {
			sign = failover.Signs{Troubled: true, Reason: p.placeErr, Runway: -1, Leave: leave}
		}
		if f.route.aside != nil {
			if aside[f.route] == nil {
				aside[f.route] = f.route.aside.Streams()
			}
			sign.Aside = sign.Aside || aside[f.route][f.cursor.Stream().Name]
		}
		if left := f.route.runwayLeft(); left != runway.Unlimited && (sign.Runway < 0 || left < sign.Runway) {
			sign.Runway = left
		}
		signs[id] = sign
	}
	return signs
}

// divert wakes what follows the streams of a shard.
func (p *pipeline) divert(id outputs.Shard) {
	var feeds []*feed
	p.mu.Lock()
	for _, f := range p.feeds {
		if (f.shard != nil && f.shard.id == id) || (f.shard == nil && failover.Unplaced(f.cursor.Stream().Topic) == id) {
			feeds = append(feeds, f)
		}
	}
	p.mu.Unlock()
	for _, f := range feeds {
		if r := f.route.follower; r != nil {
			routes := make([]*route, f.route.followerNumber+1)
			routes[f.route.followerNumber] = r
			r.pipeline.wake([]*logfile.Cursor{f.cursor.Of(f.route.followerNumber)}, routes)
		}
	}
}

// passed tells what was put aside how far the routes of a turn have come. What was
// acknowledged is durable by now.
func (t *turn) passed() {
	if t.batch.Fate.State != outputs.Acked {
		return
	}
	for i, f := range t.shipping {
		if f.route.aside != nil {
			f.route.aside.Passed(t.batch.Segments[i].Gen.ID, t.batch.Segments[i].End)
		}
	}
}

// pace has the streams of a turn that catch up with what is aside rest until they
// may go on. Others of their shard do not wait for them.
func (p *pipeline) pace(t *turn) {
	g := p.guard.Load()
	if g == nil || g.pace.Rate <= 0 || g.keeper.State(t.shard.id) < failover.Diverting {
		return
	}
	now := time.Now()
	aside := map[*route]map[string]bool{}
	next := 0
	for i := range t.outcomes { // of which those that ship are some, in the same order
		o := &t.outcomes[i]
		if next == len(t.shipping) || t.shipping[next] != o.feed {
			continue
		}
		data, r := t.batch.Segments[next].Data, o.feed.route
		next++
		if r.aside == nil {
			continue
		}
		if aside[r] == nil {
			aside[r] = r.aside.Streams()
		}
		if aside[r][o.feed.cursor.Stream().Name] {
			o.rest = g.pace.Next(int64(len(data)), now)
		}
	}
}

// intend notes what is about to be put aside, before it is.
func (l *lane) intend() {
	names, ok := l.p.output.(interface {
		Key(b *outputs.Batch, segment int) string
	})
	if !ok {
		return
	}
	for _, t := range l.turns() {
		for i, f := range t.shipping {
			if f.route.lead == nil {
				continue
			}
			seg := &t.batch.Segments[i]
			if key := names.Key(&t.batch, i); key != "" {
				stored.AddIdentity(&l.changes, logfile.Progress{Generation: seg.Gen.ID, Identity: f.cursor.Unstored()}, f.route.input.Label)
				f.route.lead.aside.Intend(&l.changes, seg, key)
			}
		}
	}
	if len(l.changes.Notes) > 0 {
		l.p.store.Commit(&l.changes)
		stored.Reset(&l.changes)
	}
}

// failoverStatus describes a pipeline's failover, nil if it has none.
func (p *pipeline) failoverStatus(sources []*source) *status.Failover {
	g := p.guard.Load()
	if g == nil {
		return nil
	}
	f := &status.Failover{To: g.to.name}
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
	for _, src := range sources {
		for _, r := range src.routes {
			if r.pipeline != p || r.aside == nil {
				continue
			}
			bytes, objects := r.aside.Pending()
			f.AsideBytes, f.AsideObjects = f.AsideBytes+bytes, f.AsideObjects+objects
			f.DivertedBytes += r.aside.Bytes.Load()
			f.DivertedRecords += r.aside.Records.Load()
			f.DivertedObjects += r.aside.Objects.Load()
			f.ReturnedObjects += r.aside.Returned.Load()
		}
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
	for _, p := range s.pipelines {
		g := p.guard.Load()
		if g == nil {
			continue
		}
		recall.Recall(ctx, g.keeper, a.host, func(input string) *recall.Home {
			if src := sourceOf(s.sources, input); src != nil {
				for _, r := range src.routes {
					if r.pipeline == p && r.aside != nil {
						return &recall.Home{Aside: r.aside, Adopt: src.input.Adopt}
					}
				}
			}
			return nil
		})
	}
}
