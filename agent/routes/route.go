package routes

import (
	"sync"
	"sync/atomic"
	"time"

	"shipper/agent/failover"
	"shipper/agent/runway"
	"shipper/agent/status"
	"shipper/checkpoint"
	"shipper/inputs/logfile"
)

// Route is one input → one output at work, with its own watermarks. Its methods are
// safe for concurrent use and do not block.
type Route struct {
	id            checkpoint.RouteID
	number        int // in the input
	input, output string
	known         atomic.Pointer[checkpoint.Route] // as it is stored; replaced, never changed
	held          atomic.Pointer[OtherCluster]     // why it waits for a person, nil if it does not
	ended         atomic.Bool

	deliveredRecords   atomic.Int64
	deliveredBytes     atomic.Int64
	possibleDuplicates atomic.Int64
	unprovable         atomic.Int64
	quarantined        atomic.Int64
	retimed            atomic.Int64

	aside     *failover.Aside            // what was put aside, nil without a failover
	follower  *Route                     // the one that puts aside, likewise
	lead      *Route                     // the one that this one follows, nil if it has its own offsets
	diverting func(*logfile.Cursor) bool // of a follower: whether a stream of its lead is to be put aside

	runway atomic.Pointer[runway.Forecast] // nil before the first look

	errMu   sync.Mutex
	lastErr string
	errAt   time.Time
}

// NewRoute makes the route that the state knows, with this number in its input.
func NewRoute(known checkpoint.Route, number int) *Route {
	r := &Route{id: known.ID, number: number, input: known.Input, output: known.Output}
	r.known.Store(&known)
	return r
}

// Follow gives the route a failover: one that follows it in the same input, under
// that number, and puts lines aside by another output, of streams that are diverting.
// It returns that one, and is to be called before anything is shipped.
func (r *Route) Follow(aside *failover.Aside, number int, output string, diverting func(*logfile.Cursor) bool) *Route {
	f := NewRoute(checkpoint.Route{Input: r.input, Output: output}, number) // without an id: it has no offsets
	r.aside, r.follower, f.lead, f.diverting = aside, f, r, diverting
	return f
}

// ID is that of its watermarks in the state.
func (r *Route) ID() checkpoint.RouteID { return r.id }

// Number is which of its input's routes it is.
func (r *Route) Number() int { return r.number }

// Input is the label of where it comes from.
func (r *Route) Input() string { return r.input }

// Output is the name of where it leads.
func (r *Route) Output() string { return r.output }

// Name is what people are told.
func (r *Route) Name() string { return r.input + " → " + r.output }

// Aside is what the route's failover holds, nil if it has none.
func (r *Route) Aside() *failover.Aside { return r.aside }

// Follower is the route that puts lines aside for this one, nil if none does.
func (r *Route) Follower() *Route { return r.follower }

// Lead is the route for which this one puts lines aside, nil if it delivers them.
func (r *Route) Lead() *Route { return r.lead }

// Asleep tells whether the route follows another whose lines need not be put aside
// for this stream.
func (r *Route) Asleep(c *logfile.Cursor) bool {
	return r.lead != nil && !r.diverting(c.Of(r.lead.number))
}

// End notes that a reload has taken the route away: nobody waits any more for what was
// put aside. It is to be called once.
func (r *Route) End() {
	r.ended.Store(true)
	if r.aside != nil {
		r.aside.End()
	}
}

// Ended tells whether End was called.
func (r *Route) Ended() bool { return r.ended.Load() }

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

// Deliver counts records that were acknowledged, and the bytes of their file, newlines
// and filtered lines included.
func (r *Route) Deliver(records int, bytes int64) {
	r.deliveredRecords.Add(int64(records))
	r.deliveredBytes.Add(bytes)
}

// Delivered is how many records were acknowledged since the start.
func (r *Route) Delivered() int64 { return r.deliveredRecords.Load() }

// MayRepeat counts records that may be delivered twice.
func (r *Route) MayRepeat(records int) { r.possibleDuplicates.Add(int64(records)) }

// CantProve counts bytes that were sent, with unknown fate, and can't be read again.
func (r *Route) CantProve(bytes int64) { r.unprovable.Add(bytes) }

// Quarantine counts a record that was put there.
func (r *Route) Quarantine() { r.quarantined.Add(1) }

// Retime counts records that carry the time of reading because the output refused
// theirs.
func (r *Route) Retime(records int) { r.retimed.Add(int64(records)) }

// Status is what the route itself knows: neither its files nor its shards.
func (r *Route) Status() status.Route {
	s := status.Route{
		Name: r.Name(), Input: r.input, Output: r.output,
		DeliveredRecords: r.deliveredRecords.Load(), DeliveredBytes: r.deliveredBytes.Load(),
		PossibleDuplicates: r.possibleDuplicates.Load(), UnprovableBytes: r.unprovable.Load(),
		QuarantinedRecords: r.quarantined.Load(),
		RetimedRecords:     r.retimed.Load(),
		Runway:             r.runway.Load().Status(),
	}
	s.LastError, s.LastErrorAt = r.LastError()
	if held := r.held.Load(); held != nil {
		s.Held = held.Error()
	}
	return s
}
