package queue

import (
	"container/heap"
	"slices"
	"time"

	"shipper/agent/routes"
	"shipper/inputs/logfile"
)

// Gather is how much of an output's linger the inputs spend: they gather events,
// of which each costs more the fewer come at a time. The shards wait for the rest.
func Gather(linger time.Duration) time.Duration { return min(linger, 100*time.Millisecond) }

// Wake notes that cursors may have bytes to read; those of other routes are passed
// over. No lane goes before all are noted, so that one request takes them all.
func (q *Queue) Wake(r *routes.Route, cursors []*logfile.Cursor) {
	if r.Lead() != nil {
		cursors = slices.DeleteFunc(slices.Clone(cursors), func(c *logfile.Cursor) bool { return c.Route() != r.Number() || r.Asleep(c) })
	}
	now := time.Now()
	due := q.dueAll(r, cursors, now)
	q.mu.Lock()
	defer q.mu.Unlock()
	if r.Ended() {
		return
	}
	for i, c := range cursors {
		if c.Route() != r.Number() {
			continue
		}
		f := q.feeds[c]
		if f == nil {
			f = &Feed{cursor: c, route: r}
			q.feeds[c] = f
		}
		switch {
		case f.inFlight:
			f.woken = true
		case f.queued:
			if due != nil && f.shard != nil && f.shard.lingers() {
				q.advance(f.shard, due[i])
			}
		default:
			q.reconsider(f, now)
			at := now.Add(q.linger)
			if due != nil {
				at = due[i]
			}
			if q.enqueue(f) {
				q.schedule(f.shard, at)
			}
		}
	}
}

// schedule makes a shard available to lanes from at on, and tells one, unless it is leased
// or available already; where all feeds rest the next does not. The caller holds mu.
func (q *Queue) schedule(s *Shard, at time.Time) {
	if s != nil && s.rests {
		q.advance(s, at)
	}
	if q.await(s, at) && q.ready[0] == s {
		q.WakeLane()
	}
}

// await does so without telling. It returns false if there was nothing to do.
func (q *Queue) await(s *Shard, at time.Time) bool {
	if s == nil || s.leased || s.index >= 0 {
		return false
	}
	s.at = at
	heap.Push(&q.ready, s)
	return true
}

// advance makes a shard that waits available earlier. The caller holds mu.
func (q *Queue) advance(s *Shard, at time.Time) {
	if s.index < 0 || !at.Before(s.at) {
		return
	}
	s.at = at
	heap.Fix(&q.ready, s.index)
	if q.ready[0] == s {
		q.WakeLane()
	}
}

// WakeLane tells a lane that waits.
func (q *Queue) WakeLane() {
	select {
	case q.signal <- struct{}{}:
	default:
	}
}
