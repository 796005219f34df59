package agent

import (
	"math"
	"sync"
	"sync/atomic"
	"time"

	"shipper/agent/config"
	"shipper/agent/failover"
	"shipper/agent/routes"
	"shipper/agent/runway"
	"shipper/checkpoint"
)

// route is one input → one output, with its own watermarks.
type route struct {
	id       checkpoint.RouteID
	input    *config.Input
	pipeline *pipeline
	known    atomic.Pointer[checkpoint.Route]    // as it is stored; replaced, never changed
	held     atomic.Pointer[routes.OtherCluster] // why it waits for a person, nil if it does not
	ended    bool                                // its input is gone or another one by a reload; guarded by pipeline.mu

	deliveredRecords   atomic.Int64
	deliveredBytes     atomic.Int64 // of the files, newlines and filtered lines included
	possibleDuplicates atomic.Int64 // records whose receipt was given up
	unprovable         atomic.Int64 // bytes of a receipt that could not be read again
	quarantined        atomic.Int64 // records
	retimed            atomic.Int64 // records that carry the time of reading because the output refused theirs

	aside          *failover.Aside // what was put aside, nil without a failover
	follower       *route          // the one that puts aside, likewise
	followerNumber int             // in the input
	lead           *route          // the one that this one follows, nil if it has its own offsets
	number         int             // of lead in the input

	runway atomic.Pointer[runway.Forecast] // nil before the first look

	errMu   sync.Mutex
	lastErr string
	errAt   time.Time
}

func newRoute(known checkpoint.Route, input *config.Input, p *pipeline) *route {
	r := &route{id: known.ID, input: input, pipeline: p}
	r.known.Store(&known)
	return r
}

func (r *route) name() string { return r.input.Label + " → " + r.pipeline.name }

// gatherFor is how long the events of an input gather: no output waits longer
// than it likes to.
func gatherFor(routes []*route) time.Duration {
	least := time.Duration(math.MaxInt64)
	for _, r := range routes {
		least = min(least, gather(r.pipeline.shape.Linger))
	}
	return least
}

func (r *route) failed(err error) {
	r.errMu.Lock()
	defer r.errMu.Unlock()
	r.lastErr, r.errAt = err.Error(), time.Now()
}

func (r *route) lastError() (string, time.Time) {
	r.errMu.Lock()
	defer r.errMu.Unlock()
	return r.lastErr, r.errAt
}
