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
	runwayAlarm  = 6 * time.Hour // a warning is logged when they last for less
	runwayCalm   = 7 * time.Hour // and taken back when they last for more
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
				a.foresee(r, &forecasts[i][j])
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

// foresee notes a route's forecast, and logs it when it becomes alarming.
func (a *Agent) foresee(r *route, f *runway.Forecast) {
	before := r.runway.Swap(f)
	alarmed := before != nil && before.Alarmed
	f.Alarmed = f.Left < runwayAlarm || alarmed && f.Left < runwayCalm
	log := a.log.With(keyRoute, r.name())
	switch {
	case f.Alarmed && !alarmed:
		log.Warn("unshipped bytes will be lost unless the output takes more, or rotation keeps more", "runway", f.String(), keyPath, f.Path)
	case alarmed && !f.Alarmed:
		log.Info("no bytes are about to be lost any more")
	}
}

// runwayLeft is for how long the route's unshipped bytes will last, as of the last
// few seconds; runway.Unlimited if they will not be lost as things are.
func (r *route) runwayLeft() time.Duration {
	if f := r.runway.Load(); f != nil {
		return f.Left
	}
	return runway.Unlimited
}
