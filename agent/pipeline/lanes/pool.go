package lanes

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"

	"shipper/agent/failover"
	"shipper/agent/overdue"
	"shipper/agent/pipeline/queue"
	"shipper/checkpoint"
	"shipper/outputs"
	"shipper/outputs/quarantine"
)

// Config is what a Pool is made for.
type Config struct {
	Name       string // of the output
	Queue      *queue.Queue
	Output     outputs.Output
	Quarantine quarantine.Store // for records that the output will never take
	Lanes      int              // how many requests may be under way
	Buffer     int              // bytes of a lane's buffer
	Store      *checkpoint.Store
	Log        *slog.Logger
}

// Pool is the lanes of one output. Its methods are safe for concurrent use, but for
// Replace.
type Pool struct {
	name    string // of the output
	queue   *queue.Queue
	store   *checkpoint.Store
	log     *slog.Logger
	keeper  atomic.Pointer[failover.Keeper] // nil without a failover
	overdue overdue.Tally

	// Replaced by a reload while no lane runs.
	output outputs.Output
	shape  outputs.Shape
	quar   quarantine.Store

	mu       sync.Mutex
	lanes    int     // how many requests may be under way
	buffer   int     // bytes of a lane's buffer
	idle     []*lane // last used last, so that few buffers are touched where few are needed
	quarFull bool    // the quarantine refused the last record
}

// New makes a Pool whose lanes do not work yet.
func New(c Config) *Pool {
	return &Pool{
		name: c.Name, queue: c.Queue, store: c.Store, log: c.Log, lanes: c.Lanes, buffer: c.Buffer,
		output: c.Output, shape: c.Output.Shape(), quar: c.Quarantine,
	}
}

// Guard has the lanes heed a failover, nil for none. They read its states, and move
// none.
func (p *Pool) Guard(k *failover.Keeper) { p.keeper.Store(k) }

// Replace gives the pool the output, and all that comes with it, of another one. No
// lane of either may be at work.
func (p *Pool) Replace(by *Pool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.output, p.shape, p.quar = by.output, by.shape, by.quar
	p.lanes, p.buffer, p.idle = by.lanes, by.buffer, nil
}

// Resize has those lanes that begin from now on be so many, with buffers of so many
// bytes. It returns false if they are already.
func (p *Pool) Resize(lanes, buffer int) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.lanes == lanes && p.buffer == buffer {
		return false
	}
	p.lanes, p.buffer, p.idle = lanes, buffer, nil
	return true
}

// Lanes is how many there are.
func (p *Pool) Lanes() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.lanes
}

// Hangs tells whether a read does not return.
func (p *Pool) Hangs() bool { return p.overdue.Any() }

// Run serves the queue with lanes until soft ends, and returns when every
// lane has settled the batch in hand. hard ends attempts that are under way. For an
// object nobody waits longer than until soft ends, but for one that repeats a batch.
func (p *Pool) Run(soft, hard context.Context) {
	var wg sync.WaitGroup
	var work func()
	one := func() { wg.Go(work) }
	work = func() {
		for s := p.queue.Lease(soft); s != nil; s = p.queue.Lease(soft) {
			l := p.takeLane()
			l.substitute = one
			switch {
			case l.serve(soft, hard, s):
				p.putLane(l)
			case l.replaced:
				p.queue.WakeLane() // it may have given a shard back
				return
			}
		}
	}
	for range p.Lanes() {
		one()
	}
	wg.Wait()
}

func (p *Pool) takeLane() *lane {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := len(p.idle)
	if n == 0 {
		return newLane(p)
	}
	l := p.idle[n-1]
	p.idle = p.idle[:n-1]
	return l
}

func (p *Pool) putLane(l *lane) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if l.size == p.buffer {
		p.idle = append(p.idle, l)
	}
}
