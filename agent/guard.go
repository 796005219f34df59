package agent

import (
	"context"
	"time"

	"shipper/agent/failover"
	"shipper/agent/failover/recall"
	"shipper/agent/guard"
	"shipper/agent/stored"
	"shipper/checkpoint"
	"shipper/inputs/logfile"
)

// guardEvery is how often it is looked whether an output stalls, and what returned.
const guardEvery = time.Second

// link gives the sinks of a setup the failovers that its configuration names.
func (a *Agent) link(s *setup) {
	for _, k := range s.sinks {
		if k.cfg.Kafka == nil || k.cfg.Kafka.Failover == nil {
			k.guard.End()
			k.guard = nil
			continue
		}
		c := k.cfg.Kafka.Failover
		k.guard = guard.Renew(k.guard, c, k.Pipeline, s.sink(c.Output.Name()).Pipeline, a.store, a.log)
	}
}

// follow gives the routes of a source whose outputs have a failover a second one
// each, and returns which follows which, and where what is gone can be read.
func (src *source) follow(s *setup, state *checkpoint.State) (map[int]int, failover.Places) {
	follows, places := map[int]int{}, make(failover.Places, len(src.routes))
	for i, r := range src.routes {
		g := s.sink(r.Output()).guard
		if g == nil {
			continue
		}
		number := len(src.routes) + len(src.followers)
		src.followers = append(src.followers, g.Follow(r, number, state, func() bool { return src.input.Counters().Scans > 0 }))
		src.pipes = append(src.pipes, g.To())
		follows[number], places[i] = i, r.Aside()
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

// watchFailovers moves all failovers on, and has what they hold taken back, until ctx ends.
func (a *Agent) watchFailovers(ctx context.Context) {
	recalls := guard.NewRecalls(a.host, a.home)
	defer recalls.End()
	tick := time.NewTicker(guardEvery)
	defer tick.Stop()
	for {
		s, now := a.force.Load(), time.Now()
		var next <-chan time.Time // none without a failover: then nothing is due before a reload
		var guards []*guard.Guard
		for _, k := range s.sinks {
			guards = append(guards, k.guard)
			if k.guard != nil && a.force.Load() == s { // else a reload may have made another keeper
				next = tick.C
				k.guard.Tend(ctx, now, a.leaving.Load(), k.asides(s.sources))
			}
		}
		recalls.Tend(ctx, guards)
		select {
		case <-ctx.Done():
			return
		case <-next:
		case <-s.over:
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

// home gives what is taken back to where it returns, as is in force: see recall.At.
func (a *Agent) home(output, input string, take func(*recall.Home)) {
	a.adopting.Lock()
	defer a.adopting.Unlock()
	s := a.force.Load()
	var h *recall.Home
	if src, k := sourceOf(s.sources, input), s.sink(output); src != nil && k != nil {
		if aside := k.asideOf(src); aside != nil {
			h = &recall.Home{Aside: aside, Adopt: src.input.Adopt}
		}
	}
	take(h)
}
