package agent

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"shipper/agent/drain"
)

var (
	errTurning    = errors.New("another drain, or a reload, is under way; try again when it is over")
	errEnded      = errors.New("the agent is stopping")
	errNoFailover = errors.New("no output of this configuration has a failover: there is nowhere to divert to; drain without --divert")
)

// Drain returns when everything is shipped to its end, as package drain says. It waits
// while Run begins. When ctx ends it returns ctx's error, and what tell heard last
// is what is left.
func (a *Agent) Drain(ctx context.Context, r drain.Request, tell func(drain.Report)) error {
	<-a.running
	if !a.turning.TryLock() {
		return errTurning
	}
	defer a.turning.Unlock()
	if a.ended {
		return errEnded
	}
	s := a.force.Load()
	if r.Divert {
		if !slices.ContainsFunc(s.sinks, func(k *sink) bool { return k.guard != nil }) {
			return errNoFailover
		}
		a.leaving.Store(true)
		defer a.leaving.Store(false)
	}
	for _, src := range s.sources {
		src.input.CountAside(r.Divert)
	}
	for _, k := range s.sinks {
		k.Hurry(true)
		defer k.Hurry(false)
	}
	inputs := map[string]drain.Input{}
	for _, src := range s.sources {
		inputs[src.cfg.Label] = src.input
	}
	return drain.Run(ctx, inputs, r.Settle, func(report drain.Report) {
		if report.Done {
			report.Aside = s.aside()
		}
		tell(report)
	})
}

// aside lists what is in failover outputs and was not delivered.
func (s *setup) aside() (all []drain.Left) {
	for _, src := range s.sources {
		for _, r := range src.routes {
			g, aside := s.sink(r.Output()).guard, r.Aside()
			if aside == nil || g == nil {
				continue
			}
			for _, k := range aside.Kept() {
				all = append(all, drain.Left{Input: src.cfg.Label, Path: k.Stream, Bytes: k.Bytes, Why: fmt.Sprintf("aside in output %s, objects: %d", g.To().Name(), k.Objects)})
			}
		}
	}
	return all
}
