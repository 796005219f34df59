package queue

import (
	"cmp"
	"container/heap"
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"shipper/checkpoint"
	"shipper/inputs/logfile"
	"shipper/outputs"
)

// Config is what a Queue is made for.
type Config struct {
	Name   string // of the output
	Output outputs.Output
	// Choices are the shards of streams that the state remembers, of whatever output.
	Choices map[checkpoint.Choice]checkpoint.Shard
	Store   *checkpoint.Store
	Log     *slog.Logger
	// IdleToMove is for how long a stream must have had nothing to read before it may
	// go to another shard; 0 is a minute.
	IdleToMove time.Duration
}

// Queue is the streams of one output, at the shards that they go to. Its methods are
// safe for concurrent use. They do not block, but for Lease and Detach.
type Queue struct {
	name       string
	store      *checkpoint.Store
	log        *slog.Logger
	idleToMove time.Duration

	hurried atomic.Bool   // batches need not be full
	signal  chan struct{} // wakes one lane that waits

	mu sync.Mutex
	// outlet is replaced by a reload, under mu and while no lane runs. Lanes read it
	// as it is, and others by currently.
	outlet
	freed     sync.Cond // a shard was given back
	feeds     map[*logfile.Cursor]*Feed
	shards    map[outputs.Shard]*Shard
	choices   map[checkpoint.Choice]checkpoint.Shard // as saved by earlier processes
	ready     readyHeap
	parked    []*Feed // not in a shard's queue: the shard is unknown, or quarantine is full
	placeAt   time.Time
	waiting   time.Time // since when some are parked, zero if none is
	placeErr  string    // why, "" if all have their place
	placeTold bool      // placeErr was logged
	stalled   int       // shards whose last attempt was not acknowledged
	since     time.Time
}

// outlet is an output, and what of it a queue asks.
type outlet struct {
	output     outputs.Output
	identified identified     // the output, nil if it can't tell what is behind it
	sharer     outputs.Sharer // the output, nil if each shard is written for itself
	gate       outputs.Gate   // the output, nil if it must be tried
	shape      outputs.Shape
	linger     time.Duration // of the output's, what Gather leaves
}

func newOutlet(output outputs.Output) outlet {
	o := outlet{output: output, shape: output.Shape()}
	o.linger = o.shape.Linger - Gather(o.shape.Linger)
	o.sharer, _ = output.(outputs.Sharer)
	o.gate, _ = output.(outputs.Gate)
	o.identified, _ = output.(identified)
	return o
}

// New makes a Queue without streams.
func New(c Config) *Queue {
	q := &Queue{
		name: c.Name, outlet: newOutlet(c.Output), store: c.Store, log: c.Log,
		signal:  make(chan struct{}, 1),
		feeds:   map[*logfile.Cursor]*Feed{},
		shards:  map[outputs.Shard]*Shard{},
		choices: map[checkpoint.Choice]checkpoint.Shard{},
		since:   time.Now(),

		idleToMove: cmp.Or(c.IdleToMove, time.Minute),
	}
	q.freed.L = &q.mu
	for choice, shard := range c.Choices {
		if choice.Output == c.Name {
			q.choices[choice] = shard
		}
	}
	return q
}

// currently is the output and what is known of it, for those who are neither lanes
// nor a reload.
func (q *Queue) currently() outlet {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.outlet
}

// Lease returns the shard that has been ready longest, with those that go along
// with it. It blocks until there is one, or returns nil when ctx ends: then another
// lane is told, for what this one was told of, or has just given back.
func (q *Queue) Lease(ctx context.Context) *Shard {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		if ctx.Err() != nil {
			q.WakeLane()
			return nil
		}
		s, wait := q.tryLease(time.Now())
		if s != nil {
			return s
		}
		timer.Reset(wait)
		select {
		case <-ctx.Done():
		case <-q.signal:
		case <-timer.C:
		}
	}
}

// tryLease returns a shard, or how long to wait for the next one.
func (q *Queue) tryLease(now time.Time) (*Shard, time.Duration) {
	q.mu.Lock()
	defer q.mu.Unlock()
	wait := time.Hour
	if len(q.parked) > 0 {
		if !now.Before(q.placeAt) {
			q.placeAll(now)
		}
		if len(q.parked) > 0 {
			wait = q.placeAt.Sub(now)
		}
	}
	q.putOff(now)
	if len(q.ready) == 0 {
		return nil, wait
	}
	if d := q.ready[0].at.Sub(now); d > 0 {
		return nil, min(wait, d)
	}
	s := heap.Pop(&q.ready).(*Shard)
	s.leased = true
	q.join(s)
	if len(q.ready) > 0 || len(q.parked) > 0 {
		q.WakeLane() // the signal may have stood for more than this shard
	}
	return s, 0
}

// GateEvery is how often the output is asked about a shard that it would refuse.
const GateEvery = 250 * time.Millisecond

// putOff has shards wait whose last attempt failed and which the output would
// refuse again: their batches are not read in vain, and they are tried as soon as
// there is a point in it, however long they have failed. The caller holds mu.
func (q *Queue) putOff(now time.Time) {
	if q.gate == nil {
		return
	}
	for len(q.ready) > 0 && !q.ready[0].at.After(now) {
		s := q.ready[0]
		if s.state.failures == 0 || q.gate.Ready(s.id) {
			return
		}
		s.at = now.Add(GateEvery)
		heap.Fix(&q.ready, 0)
	}
}

// maxShards bounds the shards of one request.
const maxShards = 64

// join leases the shards that may go along with s, just leased, in one request:
// those of the same peer that are in order and have no backlog, which fills a
// request of its own. That a shard still lingers does not keep it: to go along
// costs less than to go later. They are leased before another lane is told of
// them. The caller holds mu.
func (q *Queue) join(s *Shard) {
	s.along = s.along[:0]
	if q.sharer == nil || !s.proven || s.behind {
		return
	}
	peer := q.sharer.Peer(s.id)
	if peer == "" {
		return
	}
	kept := q.ready[:0]
	for _, other := range q.ready {
		if len(s.along) < maxShards-1 && other.proven && !other.behind && q.sharer.Peer(other.id) == peer {
			other.leased, other.index = true, -1
			s.along = append(s.along, other)
			continue
		}
		other.index = len(kept)
		kept = append(kept, other)
	}
	if len(kept) < len(q.ready) {
		clear(q.ready[len(kept):])
		q.ready = kept
		heap.Init(&q.ready)
	}
}

// Take empties up to most feeds of a leased shard's queue into the lane's hands.
func (q *Queue) Take(s *Shard, into []*Feed, most int) []*Feed {
	q.mu.Lock()
	defer q.mu.Unlock()
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

// Outcome is what a lane knows of a feed after its turn.
type Outcome struct {
	Feed  *Feed
	More  bool      // bytes are known to wait
	Rest  time.Time // until then they are to
	First bool      // goes to the head of the queue: its bytes were read but not shipped
	Park  bool      // can't go on for now, through no fault of the shard's
	Move  bool      // its bytes were read but not shipped: they are for another shard
}

// Release gives a leased shard back, and tells a lane that waits.
func (q *Queue) Release(s *Shard, outcomes []Outcome, notBefore time.Time) {
	q.GiveBack(s, outcomes, notBefore)
	q.WakeLane()
}

// GiveBack gives a leased shard back. Feeds with bytes left queue again; the
// shard is available at once, after a linger, or from notBefore on. No lane is
// told: the caller's asks for the next shard as soon as it is done, and a shard
// that goes on with the same lane finds its buffers in the processor's cache.
func (q *Queue) GiveBack(s *Shard, outcomes []Outcome, notBefore time.Time) {
	at := time.Now()
	full := q.earliest(outcomes, at)
	q.mu.Lock()
	defer q.mu.Unlock()
	s.leased = false
	defer q.freed.Broadcast()
	backlog := false
	var head []*Feed
	for _, o := range outcomes {
		f := o.Feed
		more := o.More || o.First
		again := more || f.woken
		f.inFlight, f.woken, f.rest = false, false, o.Rest
		if f.route.Ended() {
			continue
		}
		if !again {
			f.idle = at
			continue
		}
		if o.Move {
			if q.move(f); q.enqueue(f) {
				q.schedule(f.shard, at)
			}
			continue
		}
		if o.Park {
			q.park(f)
			continue
		}
		backlog = backlog || more
		f.queued = true
		if o.First {
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
		at = at.Add(q.linger)
	}
	if rest := s.rest(); s.receipt == nil && rest.After(at) {
		at, s.rests = rest, true
	}
	if notBefore.After(at) {
		at, s.rests = notBefore, false
	}
	q.await(s, at)
}

// Retire forgets a stream that is gone, and the shard it went to: should it come
// back, the output's hash chooses again.
func (q *Queue) Retire(c *logfile.Cursor) {
	q.mu.Lock()
	delete(q.feeds, c)
	choice := q.choiceOf(c.Stream())
	delete(q.choices, choice)
	q.mu.Unlock()
	q.store.Commit(&checkpoint.Changes{ForgetChoices: []checkpoint.Choice{choice}})
}
