package agent

import (
	"context"
	"time"

	"shipper/agent/runway"
)

const (
	// How often it is looked how long the unshipped bytes will last: the oftener the
	// less that would be without the output, so that what is said is never old by
	// much more than a twentieth.
	runwayEvery  = 10 * time.Second
	runwayAtOnce = 2 * time.Second
)

// watchRunway keeps the forecasts of all routes fresh until ctx ends.
func (a *Agent) watchRunway(ctx context.Context) {
	observer := runway.New()
	for {
		sources := a.force.Load().sources
		var inputs []runway.Input
		var routes []int
		for _, s := range sources {
			inputs = append(inputs, s.input)
			routes = append(routes, len(s.routes))
		}
		forecasts := observer.Observe(time.Now(), inputs, routes)
		shortest := runway.Unlimited
		for i, s := range sources {
			for j, r := range s.routes {
				r.Foresee(&forecasts[i][j], a.log)
				shortest = min(shortest, forecasts[i][j].IfStopped)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(min(max(shortest/20, runwayAtOnce), runwayEvery)):
		}
	}
}
