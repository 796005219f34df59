package queue

import (
	"slices"
	"time"

	"shipper/agent/routes"
	"shipper/checkpoint"
	"shipper/outputs"
)

// This file changes a queue under a reload: streams leave it, or it gets
// another output.

// Detach takes the streams of a route out of the queue, for good. It returns when no lane
// has any of them in hand any more, which is after one attempt at most; whatever
// that brings is committed as ever. A receipt that holds bytes of the route is
// given up: nobody will read them for it again. What waits for an object of the failover
// is not waited for. The input must not run any more.
func (q *Queue) Detach(r *routes.Route) {
	q.mu.Lock()
	defer q.mu.Unlock()
	r.End()
	for {
		waiting := false
		for _, f := range q.feeds {
			if f.route == r && !q.dismiss(f) {
				waiting = true
			}
		}
		if !waiting {
			return
		}
		q.freed.Wait()
	}
}

// dismiss forgets a feed unless a lane has it in hand. The caller holds mu.
func (q *Queue) dismiss(f *Feed) bool {
	s := f.shard
	if f.inFlight {
		if f.hung || s.leased {
			return false
		}
		q.giveUpReceipt(s)
	}
	if f.queued {
		isIt := func(other *Feed) bool { return other == f }
		q.parked = slices.DeleteFunc(q.parked, isIt)
		if s != nil {
			s.queue = slices.DeleteFunc(s.queue, isIt)
		}
	}
	q.remember(f)
	delete(q.feeds, f.cursor)
	return true
}

// remember keeps the shard of a feed for whoever brings its stream next: the stream
// may go to another one at a quiet point only (move.go). The caller holds mu.
func (q *Queue) remember(f *Feed) {
	if f.shard != nil {
		q.choices[q.choiceOf(f.cursor.Stream())] = checkpoint.Shard(f.shard.id)
	}
}

// giveUpReceipt has the batch of a shard that nobody leases cut anew. The output
// learns of it with the next batch, which is no repeat. The caller holds mu.
func (q *Queue) giveUpReceipt(s *Shard) {
	if s.receipt == nil {
		return
	}
	q.log.Warn("a batch of unknown fate is given up by a reload; its records may be delivered twice",
		keyTopic, s.id.Topic, keyPartition, s.id.Partition, keyRecords, s.receipt.Records())
	q.giveUp(s)
	q.schedule(s, time.Now())
}

// Replace gives the queue another output in place of its own, which is closed by now.
// Whatever was unresolved is given up, and the streams find their shards anew: the ones
// they had, if the new output has them. No lane may be at work.
func (q *Queue) Replace(by outputs.Output) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, s := range q.shards {
		q.giveUpReceipt(s)
	}
	q.outlet = newOutlet(by)
	q.shards = map[outputs.Shard]*Shard{}
	q.ready, q.parked, q.stalled = nil, nil, 0
	q.placeErr, q.placeTold, q.waiting = "", false, time.Time{}
	for _, f := range q.feeds {
		q.remember(f)
		waits := f.queued
		f.shard, f.queued, f.inFlight, f.woken, f.poison = nil, false, false, false, nil
		if waits && q.enqueue(f) {
			q.schedule(f.shard, time.Now())
		}
	}
}
