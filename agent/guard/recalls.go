package guard

import (
	"context"
	"slices"
	"sync"

	"shipper/agent/failover"
	"shipper/agent/failover/recall"
)

// Recalls take what was put aside before into a state that is new or was lost, for each
// failover once, and beside shipping: see recall.Recall. They belong to one goroutine.
type Recalls struct {
	host  string
	at    recall.At
	begun map[*failover.Keeper]context.CancelFunc
	wg    sync.WaitGroup
}

// NewRecalls makes Recalls for a host.
func NewRecalls(host string, at recall.At) *Recalls {
	return &Recalls{host: host, at: at, begun: map[*failover.Keeper]context.CancelFunc{}}
}

// Tend begins what is due of the guards in force, nil for outputs without one, and ends
// what belongs to others.
func (r *Recalls) Tend(ctx context.Context, guards []*Guard) {
	for k, cancel := range r.begun {
		if !slices.ContainsFunc(guards, func(g *Guard) bool { return g != nil && g.keeper == k }) {
			cancel()
			delete(r.begun, k)
		}
	}
	for _, g := range guards {
		if g == nil || !g.due || r.begun[g.keeper] != nil {
			continue
		}
		recalling, cancel := context.WithCancel(ctx)
		r.begun[g.keeper] = cancel
		r.wg.Go(func() { recall.Recall(recalling, g.keeper, r.host, r.at) })
	}
}

// End ends all, and returns when they have ended.
func (r *Recalls) End() {
	for _, cancel := range r.begun {
		cancel()
	}
	r.wg.Wait()
}
