package agent

import (
	"context"
	"log/slog"
	"math"
	"time"

	"shipper/agent/config"
	"shipper/agent/pipeline"
	"shipper/agent/routes"
	"shipper/inputs/logfile"
	"shipper/inputs/logfile/trouble"
)

// source is an input with its routes, in the order of its outputs.
type source struct {
	input     *logfile.Input
	cfg       *config.Input
	routes    []*routes.Route
	followers []*routes.Route      // of those routes whose output has a failover
	pipes     []*pipeline.Pipeline // of each route, and of each follower

	stop context.CancelFunc // ends discovery
	done chan struct{}      // closed when it has ended; nil before it began

	completions trouble.Limiter // of log lines; belongs to the input's Run
}

func sourceOf(all []*source, label string) *source {
	for _, src := range all {
		if src.cfg.Label == label {
			return src
		}
	}
	return nil
}

// route is the one of that number in the input.
func (src *source) route(n int) *routes.Route {
	if n < len(src.routes) {
		return src.routes[n]
	}
	return src.followers[n-len(src.routes)]
}

// wake hands cursors that may have bytes to read to their routes.
func (src *source) wake(cursors []*logfile.Cursor) {
	for n, p := range src.pipes {
		p.Wake(src.route(n), cursors)
	}
}

// gather is how long the events of the input gather: no output waits longer than it
// likes to.
func (src *source) gather() time.Duration {
	least := time.Duration(math.MaxInt64)
	for n := range src.routes {
		least = min(least, src.pipes[n].Gather())
	}
	return least
}

// discover has the input look for files until halt.
func (src *source) discover(log *slog.Logger) {
	var ctx context.Context
	ctx, src.stop = context.WithCancel(context.Background())
	src.done = make(chan struct{})
	go func() {
		defer close(src.done)
		if err := src.input.Run(ctx); err != nil && ctx.Err() == nil {
			log.Error("discovery ended", keyInput, src.cfg.Label, keyError, err)
		}
	}()
}

// halt ends discovery.
func (src *source) halt() {
	src.stop()
	<-src.done
}

// detach takes the streams of all routes out of their pipelines.
func (src *source) detach() {
	for n, p := range src.pipes {
		p.Detach(src.route(n))
	}
}
