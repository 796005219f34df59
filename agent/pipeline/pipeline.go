package pipeline

import (
	"container/heap"
	"context"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"shipper/agent/failover"
	"shipper/agent/overdue"
	"shipper/checkpoint"
	"shipper/inputs/logfile"
	"shipper/outputs"
)

// Pipeline is one output with its shards and the lanes that serve them.
type Pipeline struct {
	name string // of the output
	// outlet is replaced by a reload, under mu and while no lane runs. Lanes read it
	// as it is, and others by currently.
	outlet
	store  *checkpoint.Store
	log    *slog.Logger
	lanes  int // how many requests may be under way
	buffer int // bytes of a lane's buffer

	keeper  atomic.Pointer[failover.Keeper] // nil without a failover
	hurried atomic.Bool                     // batches need not be full

	idleToMove time.Duration // see the constant; tests shorten it

	signal  chan struct{} // wakes one waiting lane
	overdue overdue.Tally

	life, auditing *life // of its lanes and of audit; whoever starts and ends the pipeline has them

	mu        sync.Mutex
	freed     sync.Cond // a shard was given back
	feeds     map[*logfile.Cursor]*feed
	shards    map[outputs.Shard]*shard
	choices   map[checkpoint.Choice]checkpoint.Shard // as saved by earlier processes
	ready     readyHeap
	idle      []*lane // last used last, so that few buffers are touched where few are needed
	parked    []*feed // not in a shard's queue: the shard is unknown, or quarantine is full
	placeAt   time.Time
	waiting   time.Time // since when some are parked, zero if none is
	placeErr  string    // why, "" if all have their place
	placeTold bool      // placeErr was logged
	quarFull  bool      // the quarantine refused the last record
	stalled   int       // shards whose last attempt was not acknowledged
	since     time.Time
}

// New makes the pipeline of an output with that name, with so many lanes whose buffers
// have so many bytes. choices are the shards of streams that the state remembers.
func New(name string, parts Parts, lanes, buffer int, store *checkpoint.Store, choices map[checkpoint.Choice]checkpoint.Shard, log *slog.Logger) *Pipeline {
	p := &Pipeline{
		name: name, outlet: newOutlet(parts), store: store, lanes: lanes, buffer: buffer,
		log:     log.With(keyOutput, name),
		signal:  make(chan struct{}, 1),
		feeds:   map[*logfile.Cursor]*feed{},
		shards:  map[outputs.Shard]*shard{},
		choices: map[checkpoint.Choice]checkpoint.Shard{},
		since:   time.Now(),

		idleToMove: idleToMove,
	}
	p.freed.L = &p.mu
	for choice, shard := range choices {
		if choice.Output == name {
			p.choices[choice] = shard
		}
	}
	return p
}

// Name is the output's.
func (p *Pipeline) Name() string { return p.name }

// Shape is the output's.
func (p *Pipeline) Shape() outputs.Shape { return p.currently().shape }

// Touch returns when the lock that shipping needs was free. It is for watchdogs.
func (p *Pipeline) Touch() {
	p.mu.Lock()
	p.mu.Unlock() //nolint:staticcheck // to have had it is the point
}

// lease returns the shard that has been ready longest, with those that go along
// with it. It blocks until there is one, or returns nil when ctx ends.
func (p *Pipeline) lease(ctx context.Context) *shard {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		if ctx.Err() != nil {
			return nil
		}
		s, wait := p.tryLease(time.Now())
		if s != nil {
			return s
		}
		timer.Reset(wait)
		select {
		case <-ctx.Done():
		case <-p.signal:
		case <-timer.C:
		}
	}
}

// tryLease returns a shard, or how long to wait for the next one.
func (p *Pipeline) tryLease(now time.Time) (*shard, time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	wait := time.Hour
	if len(p.parked) > 0 {
		if !now.Before(p.placeAt) {
			p.placeAll(now)
		}
		if len(p.parked) > 0 {
			wait = p.placeAt.Sub(now)
		}
	}
	p.putOff(now)
	if len(p.ready) == 0 {
		return nil, wait
	}
	if d := p.ready[0].at.Sub(now); d > 0 {
		return nil, min(wait, d)
	}
	s := heap.Pop(&p.ready).(*shard)
	s.leased = true
	p.join(s)
	if len(p.ready) > 0 || len(p.parked) > 0 {
		p.wakeLane() // the signal may have stood for more than this shard
	}
	return s, 0
}

// gateEvery is how often the output is asked about a shard that it would refuse.
const gateEvery = 250 * time.Millisecond

// putOff has shards wait whose last attempt failed and which the output would
// refuse again: their batches are not read in vain, and they are tried as soon as
// there is a point in it, however long they have failed. The caller holds mu.
func (p *Pipeline) putOff(now time.Time) {
	if p.gate == nil {
		return
	}
	for len(p.ready) > 0 && !p.ready[0].at.After(now) {
		s := p.ready[0]
		if s.state.failures == 0 || p.gate.Ready(s.id) {
			return
		}
		s.at = now.Add(gateEvery)
		heap.Fix(&p.ready, 0)
	}
}

// join leases the shards that may go along with s, just leased, in one request:
// those of the same peer that are in order and have no backlog, which fills a
// request of its own. That a shard still lingers does not keep it: to go along
// costs less than to go later. They are leased before another lane is told of
// them. The caller holds mu.
func (p *Pipeline) join(s *shard) {
	s.along = s.along[:0]
	if p.sharer == nil || !s.proven || s.behind {
		return
	}
	peer := p.sharer.Peer(s.id)
	if peer == "" {
		return
	}
	kept := p.ready[:0]
	for _, other := range p.ready {
		if len(s.along) < maxShards-1 && other.proven && !other.behind && p.sharer.Peer(other.id) == peer {
			other.leased, other.index = true, -1
			s.along = append(s.along, other)
			continue
		}
		other.index = len(kept)
		kept = append(kept, other)
	}
	if len(kept) < len(p.ready) {
		clear(p.ready[len(kept):])
		p.ready = kept
		heap.Init(&p.ready)
	}
}

// take empties up to most feeds of a leased shard's queue into the lane's hands.
func (p *Pipeline) take(s *shard, into []*feed, most int) []*feed {
	p.mu.Lock()
	defer p.mu.Unlock()
	now, end := time.Now(), len(into)+most
	left := s.queue[:0]
	n := 0
	for ; n < len(s.queue) && len(into) < end; n++ {
		f := s.queue[n]
		if f.rest.After(now) {
			left = append(left, f)
			continue
		}
		f.queued, f.inFlight = false, true
		into = append(into, f)
	}
	s.crowded = n < len(s.queue)
	left = append(left, s.queue[n:]...)
	clear(s.queue[len(left):])
	s.queue, s.rests = left, false
	return into
}

// outcome is what a lane knows of a feed after its turn.
type outcome struct {
	feed  *feed
	more  bool      // bytes are known to wait
	rest  time.Time // until then they are to
	first bool      // goes to the head of the queue: its bytes were read but not shipped
	park  bool      // can't go on for now, through no fault of the shard's
	move  bool      // its bytes were read but not shipped: they are for another shard
}

// release gives a leased shard back, and tells a lane that waits.
func (p *Pipeline) release(s *shard, outcomes []outcome, notBefore time.Time) {
	p.giveBack(s, outcomes, notBefore)
	p.wakeLane()
}

// giveBack gives a leased shard back. Feeds with bytes left queue again; the
// shard is available at once, after a linger, or from notBefore on. No lane is
// told: the caller's asks for the next shard as soon as it is done, and a shard
// that goes on with the same lane finds its buffers in the processor's cache.
func (p *Pipeline) giveBack(s *shard, outcomes []outcome, notBefore time.Time) {
	at := time.Now()
	full := p.earliest(outcomes, at)
	p.mu.Lock()
	defer p.mu.Unlock()
	s.leased = false
	defer p.freed.Broadcast()
	backlog := false
	var head []*feed
	for _, o := range outcomes {
		f := o.feed
		more := o.more || o.first
		again := more || f.woken
		f.inFlight, f.woken, f.rest = false, false, o.rest
		if f.route.ended {
			continue
		}
		if !again {
			f.idle = at
			continue
		}
		if o.move {
			if p.move(f); p.enqueue(f) {
				p.schedule(f.shard, at)
			}
			continue
		}
		if o.park {
			p.park(f)
			continue
		}
		backlog = backlog || more
		f.queued = true
		if o.first {
			head = append(head, f)
		} else {
			s.queue = append(s.queue, f)
		}
	}
	if len(head) > 0 {
		s.queue = append(head, s.queue...)
	}
	s.behind = backlog
	if len(s.queue) == 0 && s.receipt == nil {
		return
	}
	switch {
	case s.receipt != nil:
	case !full.IsZero():
		at = full
	case !backlog && !s.crowded:
		at = at.Add(p.linger)
	}
	if rest := s.rest(); s.receipt == nil && rest.After(at) {
		at, s.rests = rest, true
	}
	if notBefore.After(at) {
		at, s.rests = notBefore, false
	}
	p.await(s, at)
}

// retire forgets a stream that is gone, and the shard it went to: should it come
// back, the output's hash chooses again.
func (p *Pipeline) retire(c *logfile.Cursor) {
	p.mu.Lock()
	delete(p.feeds, c)
	choice := p.choiceOf(c.Stream())
	delete(p.choices, choice)
	p.mu.Unlock()
	p.store.Commit(&checkpoint.Changes{ForgetChoices: []checkpoint.Choice{choice}})
}

// giveUp gives the receipt of a shard up that the caller has leased, or nobody has:
// its feeds go to the queue's head, to be cut anew from their watermarks, and their
// records may be delivered twice. The caller holds mu.
func (p *Pipeline) giveUp(s *shard) {
	for i, f := range s.suspended {
		f.route.possibleDuplicates.Add(int64(s.receipt.Segments[i].Records))
		f.queued, f.inFlight, f.woken = true, false, false
	}
	s.queue = slices.Concat(s.suspended, s.queue)
	s.resolve()
	s.unreadable = time.Time{}
}

// succeeded notes that the output acknowledged a batch of the shard.
func (p *Pipeline) succeeded(s *shard) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s.state.acked = true
	if s.state.failures == 0 {
		return
	}
	s.state.failures, s.state.unresolved, s.state.lastErr = 0, false, ""
	p.stalled--
	if p.stalled == 0 {
		p.log.Info("the output takes everything again", keyAfter, time.Since(p.since).Round(time.Millisecond).String())
		p.since = time.Now()
	}
}

// failed notes an attempt that was not acknowledged and returns how many there
// have been since the last that was. The first of a row is logged, and every
// shard's own story is in the status.
func (p *Pipeline) failed(s *shard, fate *outputs.Fate) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	s.state.failures++
	s.state.acked = false
	s.state.unresolved = fate.State == outputs.Unresolved
	if fate.Err != nil {
		s.state.lastErr = fate.Err.Error()
	}
	if s.state.failures == 1 {
		p.stalled++
		if p.stalled == 1 {
			p.since = time.Now()
			p.log.Warn("the output did not acknowledge; its streams wait and are tried again until it does",
				keyTopic, s.id.Topic, keyPartition, s.id.Partition, keyClass, fate.Class.String(), keyFate, fate.State.String(), keyError, s.state.lastErr)
		}
	}
	return s.state.failures
}

// suspend keeps the feeds of an unresolved batch in flight: nothing of their
// streams may be sent before the receipt is resolved.
func (s *shard) suspend(receipt *outputs.Receipt, feeds []*feed) {
	s.receipt = receipt
	s.suspended = append(s.suspended[:0], feeds...)
}

// resolve ends the receipt: its records were acknowledged, refused or given up.
func (s *shard) resolve() {
	s.receipt, s.suspended = nil, s.suspended[:0]
}
