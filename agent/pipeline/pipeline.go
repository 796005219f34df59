package pipeline

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"

	"shipper/agent/audit"
	"shipper/agent/failover"
	"shipper/agent/pipeline/lanes"
	"shipper/agent/pipeline/queue"
	"shipper/agent/routes"
	"shipper/agent/status"
	"shipper/checkpoint"
	"shipper/inputs/logfile"
	"shipper/outputs"
	"shipper/outputs/quarantine"
)

// Parts are an output and what comes and goes with it.
type Parts struct {
	Output     outputs.Output
	Quarantine quarantine.Store // for records that the output will never take
	Audit      *audit.Auditor   // tells of complete files, nil without audit topics
}

// Close closes what is there.
func (p *Parts) Close(ctx context.Context) error {
	err := p.Output.Close(ctx)
	if p.Quarantine != nil {
		err = errors.Join(err, p.Quarantine.Close(ctx))
	}
	if p.Audit != nil {
		err = errors.Join(err, p.Audit.Close(ctx))
	}
	return err
}

// Config is what a Pipeline is made for.
type Config struct {
	Name   string // of the output
	Parts  Parts  // are closed with the pipeline
	Lanes  int    // how many requests may be under way
	Buffer int    // bytes of a lane's buffer
	// Choices are the shards of streams that the state remembers, of whatever output.
	Choices map[checkpoint.Choice]checkpoint.Shard
	Store   *checkpoint.Store
	Log     *slog.Logger

	IdleToMove time.Duration // see queue.Config
}

// Pipeline is one output with its shards and the lanes that serve them. Its methods
// are safe for concurrent use, but for those that start and end its lanes or replace
// its output: those belong to whoever has made it.
type Pipeline struct {
	name   string // of the output
	queue  *queue.Queue
	lanes  *lanes.Pool
	keeper atomic.Pointer[failover.Keeper] // nil without a failover

	parts atomic.Pointer[Parts] // replaced by a reload

	life, auditing *life // of the lanes and of the auditor, nil while they do not work
}

// New makes a Pipeline that does not work yet.
func New(c Config) *Pipeline {
	log := c.Log.With(keyOutput, c.Name)
	p := &Pipeline{name: c.Name}
	p.parts.Store(&c.Parts)
	p.queue = queue.New(queue.Config{
		Name: c.Name, Output: c.Parts.Output, Choices: c.Choices, Store: c.Store, Log: log, IdleToMove: c.IdleToMove,
	})
	p.lanes = lanes.New(lanes.Config{
		Name: c.Name, Queue: p.queue, Output: c.Parts.Output, Quarantine: c.Parts.Quarantine,
		Lanes: c.Lanes, Buffer: c.Buffer, Store: c.Store, Log: log,
	})
	return p
}

// Replace gives the pipeline the output of another one, which was never started,
// in place of its own, which is closed by now. Whatever was unresolved is given up;
// what was not told yet of complete files is told by the new one; and the streams
// find their shards anew: the ones they had, if the new output has them. The pipeline
// must be halted.
func (p *Pipeline) Replace(by *Pipeline) {
	old, parts := p.parts.Load(), by.parts.Load()
	if old.Audit != nil && parts.Audit != nil {
		parts.Audit.Inherit(old.Audit)
	}
	p.parts.Store(parts)
	p.lanes.Replace(by.lanes)
	p.queue.Replace(parts.Output)
}

// Close frees what the pipeline holds. It must be halted.
func (p *Pipeline) Close(ctx context.Context) error {
	return p.parts.Load().Close(ctx)
}

// MaxSegments is how many streams a request may carry.
const MaxSegments = lanes.MaxSegments

// Name is the output's.
func (p *Pipeline) Name() string { return p.name }

// Shape is the output's.
func (p *Pipeline) Shape() outputs.Shape { return p.parts.Load().Output.Shape() }

// Gather is how long inputs are to gather events for it.
func (p *Pipeline) Gather() time.Duration { return queue.Gather(p.Shape().Linger) }

// Auditor is what tells of complete files, nil if nothing does.
func (p *Pipeline) Auditor() *audit.Auditor { return p.parts.Load().Audit }

// Wake notes that cursors of the route may have bytes to read, see queue.Wake.
func (p *Pipeline) Wake(r *routes.Route, cursors []*logfile.Cursor) { p.queue.Wake(r, cursors) }

// Retire forgets a stream that is gone.
func (p *Pipeline) Retire(c *logfile.Cursor) { p.queue.Retire(c) }

// Detach takes the streams of a route out, and blocks until no lane has any of them in
// hand, see queue.Detach. What waits for its turn is not waited for.
func (p *Pipeline) Detach(r *routes.Route) {
	defer p.rush()()
	p.queue.Detach(r)
}

// Hurry has the pipeline wait for no full batches, until it is called with false.
func (p *Pipeline) Hurry(on bool) { p.queue.Hurry(on) }

// Touch returns when the locks that shipping needs were free. It is for watchdogs.
func (p *Pipeline) Touch() {
	p.lanes.Lanes()
	p.queue.Touch()
}

// Status is the output's own word, or, if it says nothing is wrong, the reason why
// streams wait for it. What its failover does is not in it.
func (p *Pipeline) Status() status.Output {
	o := p.parts.Load().Output.Status()
	s := status.Output{
		Name: p.name, Healthy: o.Healthy, Since: o.Since, LastError: o.LastError,
		Cluster: p.queue.Cluster(), Lanes: p.lanes.Lanes(),
	}
	for _, peer := range o.Peers {
		s.Peers = append(s.Peers, status.Peer(peer))
	}
	if s.LastError == "" {
		s.LastError = p.queue.Waiting()
	}
	return s
}

// RouteStatus is a route of the pipeline without its files.
func (p *Pipeline) RouteStatus(r *routes.Route) status.Route {
	s := r.Status()
	s.Shards = p.queue.Shards(r)
	if audit := p.Auditor(); audit != nil {
		var err error
		if s.AuditsWaiting, err = audit.Status(); err != nil {
			s.AuditError = err.Error()
		}
	}
	return s
}
