package agent

import (
	"context"
	"errors"

	"shipper/agent/drain"
)

var (
	errTurning    = errors.New("another drain, or a reload, is under way; try again when it is over")
	errNoFailover = errors.New("no output of this configuration has a failover: there is nowhere to divert to; drain without --divert")
)

// Drain returns when everything is shipped to its end, as package drain says; Run
// must be under way. When ctx ends it returns ctx's error, and what tell heard last
// is what is left.
func (a *Agent) Drain(ctx context.Context, r drain.Request, tell func(drain.Report)) error {
	if !a.turning.TryLock() {
		return errTurning
	}
	defer a.turning.Unlock()
	if r.Divert {
		return errNoFailover
	}
	inputs := map[string]drain.Input{}
	for _, s := range a.force.Load().sources {
		inputs[s.cfg.Label] = s.input
	}
	return drain.Run(ctx, inputs, r.Settle, tell)
}
