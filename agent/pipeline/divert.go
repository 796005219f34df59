package pipeline

import (
	"time"

	"shipper/agent/failover"
	"shipper/agent/runway"
	"shipper/agent/stored"
	"shipper/inputs/logfile"
	"shipper/outputs"
)

// This file is what a pipeline does for a failover: it tells what it sees of its
// shards, and how their streams stand; on the other side, a route that follows
// another notes what it puts aside.

// Guard has the pipeline heed a failover, nil for none. Of a keeper in force it reads
// states, and moves none.
func (p *Pipeline) Guard(k *failover.Keeper) { p.keeper.Store(k) }

// Place is where the output puts lines aside, false if that is not what it does.
func (p *Pipeline) Place() (failover.Store, bool) {
	place, ok := p.currently().output.(failover.Store)
	return place, ok
}

// stateOf is how the failover stands for a stream.
func (p *Pipeline) stateOf(c *logfile.Cursor) failover.State {
	k := p.keeper.Load()
	if k == nil {
		return failover.Healthy
	}
	p.mu.Lock()
	f := p.feeds[c]
	s := failover.Unplaced(c.Stream().Topic)
	if f != nil && f.shard != nil {
		s = f.shard.id
	}
	p.mu.Unlock()
	return k.State(s)
}

// Signs are what is seen of the pipeline's shards; leave is whether the host goes away.
func (p *Pipeline) Signs(leave bool) map[outputs.Shard]failover.Signs {
	aside := map[*Route]map[string]bool{}
	p.mu.Lock()
	defer p.mu.Unlock()
	signs := map[outputs.Shard]failover.Signs{}
	for id, s := range p.shards {
		signs[id] = failover.Signs{Troubled: s.state.failures > 0, Well: s.state.acked, Reason: s.state.lastErr, Runway: -1, Leave: leave}
	}
	for _, f := range p.feeds {
		id := failover.Unplaced(f.cursor.Stream().Topic)
		if f.shard != nil {
			id = f.shard.id
		} else if !f.queued {
			continue
		}
		sign, known := signs[id]
		if !known {
			sign = failover.Signs{Troubled: true, Reason: p.placeErr, Runway: -1, Leave: leave}
		}
		if f.route.aside != nil {
			if aside[f.route] == nil {
				aside[f.route] = f.route.aside.Streams()
			}
			sign.Aside = sign.Aside || aside[f.route][f.cursor.Stream().Name]
		}
		if left := f.route.runwayLeft(); left != runway.Unlimited && (sign.Runway < 0 || left < sign.Runway) {
			sign.Runway = left
		}
		signs[id] = sign
	}
	return signs
}

// Divert wakes what follows the streams of a shard.
func (p *Pipeline) Divert(id outputs.Shard) {
	var feeds []*feed
	p.mu.Lock()
	for _, f := range p.feeds {
		if (f.shard != nil && f.shard.id == id) || (f.shard == nil && failover.Unplaced(f.cursor.Stream().Topic) == id) {
			feeds = append(feeds, f)
		}
	}
	p.mu.Unlock()
	for _, f := range feeds {
		if r := f.route.follower; r != nil {
			r.Wake([]*logfile.Cursor{f.cursor.Of(r.number)})
		}
	}
}

// passed tells what was put aside how far the routes of a turn have come. What was
// acknowledged is durable by now.
func (t *turn) passed() {
	if t.batch.Fate.State != outputs.Acked {
		return
	}
	for i, f := range t.shipping {
		if f.route.aside != nil {
			f.route.aside.Passed(t.batch.Segments[i].Gen.ID, t.batch.Segments[i].End)
		}
	}
}

// pace has the streams of a turn that catch up with what is aside rest until they
// may go on. Others of their shard do not wait for them.
func (p *Pipeline) pace(t *turn) {
	k := p.keeper.Load()
	if k == nil || k.Pace.Rate <= 0 || k.State(t.shard.id) < failover.Diverting {
		return
	}
	now := time.Now()
	aside := map[*Route]map[string]bool{}
	next := 0
	for i := range t.outcomes { // of which those that ship are some, in the same order
		o := &t.outcomes[i]
		if next == len(t.shipping) || t.shipping[next] != o.feed {
			continue
		}
		data, r := t.batch.Segments[next].Data, o.feed.route
		next++
		if r.aside == nil {
			continue
		}
		if aside[r] == nil {
			aside[r] = r.aside.Streams()
		}
		if aside[r][o.feed.cursor.Stream().Name] {
			o.rest = k.Pace.Next(int64(len(data)), now)
		}
	}
}

// intend notes what is about to be put aside, before it is.
func (l *lane) intend() {
	names, ok := l.p.output.(interface {
		Key(b *outputs.Batch, segment int) string
	})
	if !ok {
		return
	}
	for _, t := range l.turns() {
		for i, f := range t.shipping {
			if f.route.lead == nil {
				continue
			}
			seg := &t.batch.Segments[i]
			if key := names.Key(&t.batch, i); key != "" {
				stored.AddIdentity(&l.changes, logfile.Progress{Generation: seg.Gen.ID, Identity: f.cursor.Unstored()}, f.route.input)
				f.route.lead.aside.Intend(&l.changes, seg, key)
			}
		}
	}
	if len(l.changes.Notes) > 0 {
		l.p.store.Commit(&l.changes)
		stored.Reset(&l.changes)
	}
}
