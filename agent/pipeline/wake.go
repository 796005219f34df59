package pipeline

import (
	"container/heap"
	"time"

	"shipper/inputs/logfile"
)

// gather is how much of an output's linger the inputs spend: they gather events,
// of which each costs more the fewer come at a time. The shards wait for the rest.
func gather(linger time.Duration) time.Duration { return min(linger, 100*time.Millisecond) }

// wake notes that cursors may have bytes to read, see Route.Wake.
func (p *Pipeline) wake(r *Route, cursors []*logfile.Cursor) {
	now := time.Now()
	due := p.dueAll(r, cursors, now)
	p.mu.Lock()
	defer p.mu.Unlock()
	if r.ended {
		return
	}
	for i, c := range cursors {
		if c.Route() != r.number {
			continue
		}
		f := p.feeds[c]
		if f == nil {
			f = &feed{cursor: c, route: r}
			p.feeds[c] = f
		}
		switch {
		case f.inFlight:
			f.woken = true
		case f.queued:
			if due != nil && f.shard != nil && f.shard.receipt == nil && f.shard.state.failures == 0 {
				p.advance(f.shard, due[i])
			}
		default:
			p.reconsider(f, now)
			at := now.Add(p.linger)
			if due != nil {
				at = due[i]
			}
			if p.enqueue(f) {
				if f.shard.rests {
					p.advance(f.shard, at)
				}
				p.schedule(f.shard, at)
			}
		}
	}
}

// schedule makes a shard available to lanes from at on, and tells one, unless it is
// leased or available already. A nil shard is allowed. The caller holds mu.
func (p *Pipeline) schedule(s *shard, at time.Time) {
	if p.await(s, at) && p.ready[0] == s {
		p.wakeLane()
	}
}

// await does so without telling. It returns false if there was nothing to do.
func (p *Pipeline) await(s *shard, at time.Time) bool {
	if s == nil || s.leased || s.index >= 0 {
		return false
	}
	s.at = at
	heap.Push(&p.ready, s)
	return true
}

// advance makes a shard that waits available earlier. The caller holds mu.
func (p *Pipeline) advance(s *shard, at time.Time) {
	if s.index < 0 || !at.Before(s.at) {
		return
	}
	s.at = at
	heap.Fix(&p.ready, s.index)
	if p.ready[0] == s {
		p.wakeLane()
	}
}

func (p *Pipeline) wakeLane() {
	select {
	case p.signal <- struct{}{}:
	default:
	}
}
