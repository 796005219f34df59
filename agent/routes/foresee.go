package routes

import (
	"log/slog"
	"time"

	"shipper/agent/runway"
)

const (
	runwayAlarm = 6 * time.Hour // a warning is logged when unshipped bytes last for less
	runwayCalm  = 7 * time.Hour // and taken back when they last for more
)

// Foresee notes how long the route's unshipped bytes will last, and logs it when that
// becomes alarming. It is for one goroutine.
func (r *Route) Foresee(f *runway.Forecast, log *slog.Logger) {
	before := r.runway.Swap(f)
	alarmed := before != nil && before.Alarmed
	f.Alarmed = f.Left < runwayAlarm || alarmed && f.Left < runwayCalm
	log = log.With("route", r.Name())
	switch {
	case f.Alarmed && !alarmed:
		log.Warn("unshipped bytes will be lost unless the output takes more, or rotation keeps more", "runway", f.String(), "path", f.Path)
	case alarmed && !f.Alarmed:
		log.Info("no bytes are about to be lost any more")
	}
}

// RunwayLeft is for how long the route's unshipped bytes will last, as of the last
// few seconds; runway.Unlimited if they will not be lost as things are.
func (r *Route) RunwayLeft() time.Duration {
	if f := r.runway.Load(); f != nil {
		return f.Left
	}
	return runway.Unlimited
}
