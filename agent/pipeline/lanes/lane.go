package lanes

import (
	"context"
	"time"

	"shipper/agent/backoff"
	"shipper/agent/overdue"
	"shipper/agent/pipeline/queue"
	"shipper/checkpoint"
	"shipper/inputs"
	"shipper/outputs"
)

const (
	// MaxSegments bounds the streams of one request, so that a thousand slow
	// files cost a few requests and not a thousand.
	MaxSegments = 256
)

// lane is a worker of a pipeline: it reads the batches of one or several shards
// into its buffer, has the output write them together, and commits what was
// acknowledged. It belongs to one goroutine at a time.
type lane struct {
	p        *Pool
	buf      *inputs.Buffer
	size     int     // of buf
	left     int     // bytes that still fit in the request
	segments int     // in the request
	pool     []*turn // see turns
	used     int
	batches  []*outputs.Batch
	along    []*queue.Shard
	rest     []*queue.Shard // of along, not loaded yet
	changes  checkpoint.Changes

	watch      *overdue.Watch // of turn's feed at, which is being read
	turn       *turn
	at         int
	again      bool   // that is of the shard's receipt
	device     uint64 // where an overdue read is under way
	replaced   bool   // another lane took this one's place
	substitute func() // has one do so
}

func newLane(p *Pool) *lane {
	l := &lane{p: p, buf: inputs.NewBuffer(p.buffer), size: p.buffer}
	l.buf.MaxRecords = p.shape.BatchRecords
	l.watch = overdue.New(l.surrender)
	return l
}

// serve makes one attempt at a batch of a leased shard, and of those that were leased to
// go along with it, as far as there is room. A shard whose last attempt was not
// acknowledged is alone: it may have a receipt, and its trouble is to stay its own. It
// returns false if a read or the commit was overdue, see surrender and carryOn: then the
// lane is not to be used again. What was not sent yet waits for objects until soft ends;
// what was, and the attempt, go on until hard ends.
func (l *lane) serve(soft, hard context.Context, s *queue.Shard) bool {
	l.buf.Reset()
	l.left, l.segments, l.used = l.p.shape.BatchBytes, 0, 0
	l.along = append(l.along[:0], s.Along()...) // load may give s back
	l.watch.Start()
	loaded := l.loadAll(soft, hard, s)
	l.watch.Stop()
	if !loaded {
		return false
	}
	l.write(hard)
	l.settle()
	return !l.replaced
}

func (l *lane) loadAll(soft, hard context.Context, s *queue.Shard) bool {
	l.rest = l.along
	if !l.load(soft, hard, s) {
		return false
	}
	for len(l.rest) > 0 {
		other := l.rest[0]
		l.rest = l.rest[1:]
		if !l.room() {
			l.p.queue.Release(other, nil, time.Time{})
		} else if !l.load(soft, hard, other) {
			return false
		}
	}
	return true
}

// room tells whether anything more may go into the request.
func (l *lane) room() bool {
	return l.left >= l.share() && l.segments < MaxSegments && l.buf.RecordsLeft() > 0
}

// load reads the shard's batch and adds its turn to the request. A shard that
// has nothing to send is given back at once. It returns false if the lane has lost
// what it had in hand.
func (l *lane) load(soft, hard context.Context, s *queue.Shard) bool {
	if l.used == len(l.pool) {
		l.pool = append(l.pool, new(turn))
	}
	t := l.pool[l.used]
	t.begin(s, l.p.queue.Cluster())
	if receipt, _ := s.Receipt(); receipt != nil {
		if l.held(s) != nil {
			l.p.queue.Release(s, nil, time.Now().Add(backoff.After(repeatFailures, outputs.Transient)))
			return true
		}
		switch l.repeat(hard, t) {
		case ready:
			l.used++
			return true
		case postponed:
			return true
		case abandoned: // cut anew
			t.begin(s, l.p.queue.Cluster())
		}
	}
	t.feeds = l.p.queue.Take(s, t.feeds, MaxSegments-l.segments)
	if !l.collect(soft, hard, t) {
		return false
	}
	if len(t.batch.Segments) == 0 {
		l.p.queue.Release(s, t.outcomes, time.Time{})
		return true
	}
	l.used++
	return true
}

// turns are those of the shards in the request.
func (l *lane) turns() []*turn { return l.pool[:l.used] }

// write has the output make one attempt at all batches of the request.
func (l *lane) write(ctx context.Context) {
	l.batches = l.batches[:0]
	for _, t := range l.turns() {
		b := &t.batch
		b.Fate = outputs.Fate{BaseOffset: -1}
		if b.Len() == 0 && !l.p.shape.Bytes {
			// All lines were filtered out: nothing to send, only to remember.
			b.Fate.State = outputs.Acked
			continue
		}
		if t.shard.Cut().Untimed() {
			t.untime()
		}
		l.batches = append(l.batches, b)
	}
	if len(l.batches) > 0 {
		l.intend()
		l.p.output.Write(ctx, l.batches)
	}
}
