package queue

import (
	"cmp"
	"slices"

	"shipper/agent/failover"
	"shipper/agent/routes"
	"shipper/agent/runway"
	"shipper/agent/status"
	"shipper/inputs/logfile"
	"shipper/outputs"
)

// This file is what others may see of a queue.

// Touch returns when the lock was free. It is for watchdogs.
func (q *Queue) Touch() {
	q.mu.Lock()
	q.mu.Unlock() //nolint:staticcheck // to have had it is the point
}

// Numbers are how many streams and shards there are of a kind.
type Numbers struct {
	Streams int // all that ever had bytes to read
	Busy    int // of them: queued, or in the hands of a lane
	Parked  int // of them: can't go on for now, through no fault of a shard's
	Ready   int // shards that wait to be leased
	Stalled int // shards whose last attempt was not acknowledged
}

// Count counts them.
func (q *Queue) Count() Numbers {
	q.mu.Lock()
	defer q.mu.Unlock()
	n := Numbers{Streams: len(q.feeds), Parked: len(q.parked), Ready: len(q.ready), Stalled: q.stalled}
	for _, f := range q.feeds {
		if f.inFlight || f.queued {
			n.Busy++
		}
	}
	return n
}

// Waiting is why streams wait that have no shard, "" if all have theirs.
func (q *Queue) Waiting() string {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.placeErr
}

// place is where a feed's failover has it: in its shard, or unplaced.
func (f *Feed) place() outputs.Shard {
	if f.shard == nil {
		return failover.Unplaced(f.cursor.Stream().Topic)
	}
	return f.shard.id
}

// ShardOf is where a stream goes, failover.Unplaced if that is not known.
func (q *Queue) ShardOf(c *logfile.Cursor) outputs.Shard {
	q.mu.Lock()
	defer q.mu.Unlock()
	if f := q.feeds[c]; f != nil {
		return f.place()
	}
	return failover.Unplaced(c.Stream().Topic)
}

// At are the feeds of a shard, or of those that are unplaced, whether they have bytes
// to read or not.
func (q *Queue) At(id outputs.Shard) (feeds []*Feed) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, f := range q.feeds {
		if f.place() == id {
			feeds = append(feeds, f)
		}
	}
	return feeds
}

// Signs are what is seen of the shards; leave is whether the host goes away.
func (q *Queue) Signs(leave bool) map[outputs.Shard]failover.Signs {
	aside := map[*routes.Route]map[string]bool{}
	q.mu.Lock()
	defer q.mu.Unlock()
	signs := map[outputs.Shard]failover.Signs{}
	for id, s := range q.shards {
		signs[id] = failover.Signs{Troubled: s.state.failures > 0, Well: s.state.acked, Reason: s.state.lastErr, Runway: -1, Leave: leave}
	}
	for _, f := range q.feeds {
		if f.shard == nil && !f.queued {
			continue
		}
		id := f.place()
		sign, known := signs[id]
		if !known {
			sign = failover.Signs{Troubled: true, Reason: q.placeErr, Runway: -1, Leave: leave}
		}
		if list := f.route.Aside(); list != nil {
			if aside[f.route] == nil {
				aside[f.route] = list.Streams()
			}
			sign.Aside = sign.Aside || aside[f.route][f.cursor.Stream().Name]
		}
		if left := f.route.RunwayLeft(); left != runway.Unlimited && (sign.Runway < 0 || left < sign.Runway) {
			sign.Runway = left
		}
		signs[id] = sign
	}
	return signs
}

// Shards describes the shards that streams of the route go to.
func (q *Queue) Shards(r *routes.Route) []status.Shard {
	q.mu.Lock()
	defer q.mu.Unlock()
	used := map[*Shard]bool{}
	for _, f := range q.feeds {
		if f.route == r && f.shard != nil {
			used[f.shard] = true
		}
	}
	var all []status.Shard
	for _, s := range q.shards {
		if used[s] {
			all = append(all, s.status())
		}
	}
	slices.SortFunc(all, func(a, b status.Shard) int {
		return cmp.Or(cmp.Compare(a.Topic, b.Topic), cmp.Compare(a.Partition, b.Partition))
	})
	return all
}

// status describes the shard; the caller holds Queue.mu.
func (s *Shard) status() status.Shard {
	out := status.Shard{
		Topic: s.id.Topic, Partition: s.id.Partition, State: status.ShardIdle,
		Attempts: s.state.failures, LastError: s.state.lastErr,
	}
	switch {
	case s.leased:
		out.State = status.ShardSending
	case s.state.unresolved:
		out.State, out.RetryAt = status.ShardUnresolved, s.at
	case s.state.failures > 0:
		out.State, out.RetryAt = status.ShardWaiting, s.at
	case s.index >= 0:
		out.State = status.ShardReady
	}
	return out
}
