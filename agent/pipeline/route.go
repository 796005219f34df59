package pipeline

import (
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"shipper/agent/audit"
	"shipper/agent/failover"
	"shipper/agent/routes"
	"shipper/agent/runway"
	"shipper/agent/status"
	"shipper/checkpoint"
	"shipper/inputs/logfile"
)

// Route is one input → one output, with its own watermarks. Its methods are safe
// for concurrent use and do not block.
type Route struct {
	id       checkpoint.RouteID
	input    string // its label
	number   int    // in the input
	pipeline *Pipeline
	known    atomic.Pointer[checkpoint.Route]    // as it is stored; replaced, never changed
	held     atomic.Pointer[routes.OtherCluster] // why it waits for a person, nil if it does not
	ended    bool                                // its input is gone or another one by a reload; guarded by pipeline.mu

	deliveredRecords   atomic.Int64
	deliveredBytes     atomic.Int64 // of the files, newlines and filtered lines included
	possibleDuplicates atomic.Int64 // records whose receipt was given up
	unprovable         atomic.Int64 // bytes of a receipt that could not be read again
	quarantined        atomic.Int64 // records
	retimed            atomic.Int64 // records that carry the time of reading because the output refused theirs

	aside    *failover.Aside // what was put aside, nil without a failover
	follower *Route          // the one that puts aside, likewise
	lead     *Route          // the one that this one follows, nil if it has its own offsets

	runway atomic.Pointer[runway.Forecast] // nil before the first look

	errMu   sync.Mutex
	lastErr string
	errAt   time.Time
}

// NewRoute makes the route that the state knows, and that has this number in its
// input, to p.
func NewRoute(known checkpoint.Route, input string, number int, p *Pipeline) *Route {
	r := &Route{id: known.ID, input: input, number: number, pipeline: p}
	r.known.Store(&known)
	return r
}

// Follow gives the route a failover: one that follows it in the same input, under
// that number, and puts lines aside by another pipeline. It returns that one, and is
// to be called before anything is shipped.
func (r *Route) Follow(aside *failover.Aside, number int, to *Pipeline) *Route {
	known := checkpoint.Route{Input: r.input, Output: to.name} // without an id: it has no offsets
	f := NewRoute(known, r.input, number, to)
	r.aside, r.follower, f.lead = aside, f, r
	return f
}

// ID is that of its watermarks in the state.
func (r *Route) ID() checkpoint.RouteID { return r.id }

// Number is which of its input's routes it is.
func (r *Route) Number() int { return r.number }

// Name is what people are told.
func (r *Route) Name() string { return r.input + " → " + r.pipeline.name }

// Output is the name of where it leads.
func (r *Route) Output() string { return r.pipeline.name }

// Gather is how long its input is to gather events.
func (r *Route) Gather() time.Duration { return gather(r.pipeline.currently().shape.Linger) }

// Auditor is what tells of complete files, nil if nothing does. A reload of the output
// replaces it.
func (r *Route) Auditor() *audit.Auditor { return r.pipeline.currently().audit }

// Aside is what the route's failover holds, nil if it has none.
func (r *Route) Aside() *failover.Aside { return r.aside }

// Follower is the route that puts lines aside for this one, nil if none does.
func (r *Route) Follower() *Route { return r.follower }

// Delivered is how many records were acknowledged since the start.
func (r *Route) Delivered() int64 { return r.deliveredRecords.Load() }

// Wake notes that cursors may have bytes to read; those of other routes are passed
// over. No lane goes before all are noted, so that one request takes them all.
func (r *Route) Wake(cursors []*logfile.Cursor) {
	if r.lead != nil {
		cursors = slices.DeleteFunc(slices.Clone(cursors), func(c *logfile.Cursor) bool { return c.Route() != r.number || r.asleep(c) })
	}
	r.pipeline.wake(r, cursors)
}

// Retire forgets a stream that is gone, and the shard it went to.
func (r *Route) Retire(c *logfile.Cursor) { r.pipeline.retire(c) }

// Detach takes the route's streams out of the pipeline, for good. It returns when no
// lane has any of them in hand any more, which is after one attempt at most; whatever
// that brings is committed as ever. A receipt that holds bytes of the route is given
// up. The input must not run any more.
func (r *Route) Detach() { r.pipeline.detach(r) }

// asleep tells whether the route follows another whose lines need not be put aside
// for this stream.
func (r *Route) asleep(c *logfile.Cursor) bool {
	return r.lead != nil && r.lead.pipeline.stateOf(c.Of(r.lead.number)) != failover.Diverting
}

// Failed notes an error that keeps the route's lines from being shipped.
func (r *Route) Failed(err error) {
	r.errMu.Lock()
	defer r.errMu.Unlock()
	r.lastErr, r.errAt = err.Error(), time.Now()
}

// LastError is what Failed heard last, "" if nothing.
func (r *Route) LastError() (string, time.Time) {
	r.errMu.Lock()
	defer r.errMu.Unlock()
	return r.lastErr, r.errAt
}

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
	log = log.With(keyRoute, r.Name())
	switch {
	case f.Alarmed && !alarmed:
		log.Warn("unshipped bytes will be lost unless the output takes more, or rotation keeps more", "runway", f.String(), keyPath, f.Path)
	case alarmed && !f.Alarmed:
		log.Info("no bytes are about to be lost any more")
	}
}

// runwayLeft is for how long the route's unshipped bytes will last, as of the last
// few seconds; runway.Unlimited if they will not be lost as things are.
func (r *Route) runwayLeft() time.Duration {
	if f := r.runway.Load(); f != nil {
		return f.Left
	}
	return runway.Unlimited
}

// Status is the route without its files.
func (r *Route) Status() status.Route {
	s := status.Route{
		Name: r.Name(), Input: r.input, Output: r.pipeline.name,
		DeliveredRecords: r.deliveredRecords.Load(), DeliveredBytes: r.deliveredBytes.Load(),
		PossibleDuplicates: r.possibleDuplicates.Load(), UnprovableBytes: r.unprovable.Load(),
		QuarantinedRecords: r.quarantined.Load(),
		RetimedRecords:     r.retimed.Load(),
		Shards:             r.pipeline.shardsOf(r),
	}
	s.LastError, s.LastErrorAt = r.LastError()
	if au := r.Auditor(); au != nil {
		var err error
		if s.AuditsWaiting, err = au.Status(); err != nil {
			s.AuditError = err.Error()
		}
	}
	s.Runway = r.runway.Load().Status()
	if held := r.held.Load(); held != nil {
		s.Held = held.Error()
	}
	return s
}
