package lanes

import (
	"time"

	"shipper/agent/failover"
	"shipper/agent/routes"
	"shipper/agent/stored"
	"shipper/inputs/logfile"
	"shipper/outputs"
)

// This file is what lanes do for a failover: a route that follows another notes what it
// puts aside, and what was aside returns at its pace.

// passed tells what was put aside how far the routes of a turn have come. What was
// acknowledged is durable by now.
func (t *turn) passed() {
	if t.batch.Fate.State != outputs.Acked {
		return
	}
	for i, f := range t.shipping {
		if f.Route().Aside() != nil {
			f.Route().Aside().Passed(t.batch.Segments[i].Gen.ID, t.batch.Segments[i].End)
		}
	}
}

// pace has the streams of a turn that catch up with what is aside rest until they
// may go on. Others of their shard do not wait for them.
func (p *Pool) pace(t *turn) {
	k := p.keeper.Load()
	if k == nil {
		return
	}
	pace := k.Pace()
	if pace == nil || k.State(t.shard.ID()) < failover.Diverting {
		return
	}
	now := time.Now()
	aside := map[*routes.Route]map[string]bool{}
	next := 0
	for i := range t.outcomes { // of which those that ship are some, in the same order
		o := &t.outcomes[i]
		if next == len(t.shipping) || t.shipping[next] != o.Feed {
			continue
		}
		data, r := t.batch.Segments[next].Data, o.Feed.Route()
		next++
		if r.Aside() == nil {
			continue
		}
		if aside[r] == nil {
			aside[r] = r.Aside().Streams()
		}
		if aside[r][o.Feed.Cursor().Stream().Name] {
			o.Rest = pace.Next(int64(len(data)), now)
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
			if f.Route().Lead() == nil {
				continue
			}
			seg := &t.batch.Segments[i]
			if key := names.Key(&t.batch, i); key != "" {
				stored.AddIdentity(&l.changes, logfile.Progress{Generation: seg.Gen.ID, Identity: f.Cursor().Unstored()}, f.Route().Input())
				f.Route().Lead().Aside().Intend(&l.changes, seg, key)
			}
		}
	}
	if len(l.changes.Notes) > 0 {
		l.p.store.Commit(&l.changes)
		stored.Reset(&l.changes)
	}
}
