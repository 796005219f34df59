package lanes

import (
	"context"
	"errors"
	"time"

	"shipper/agent/pipeline/queue"
	"shipper/inputs"
)

// A read that does not return is to hold up its own stream only. Nothing was sent yet:
// what else the lane has in hand is given back, and another lane takes its place. What
// the read brings after all is kept for the stream's next batch.

// errHangs is why a stream waits that was not tried.
var errHangs = errors.New("reads of this file system do not return; the stream is tried again when they do")

// hangs tells whether the feed is not to be read now, because as many lanes wait
// for its file system as may.
func (p *Pool) hangs(f *queue.Feed) bool {
	if !p.overdue.Any() {
		return false
	}
	n := p.overdue.On(f.Cursor().Device())
	p.mu.Lock()
	hangs := n >= max(1, p.lanes/2)
	p.mu.Unlock()
	if hangs {
		f.Route().Failed(errHangs)
	}
	return hangs
}

// read reads what comes next of the turn's i-th feed, or takes what an overdue read
// has brought, which goes by itself. It returns false if the lane has lost what it
// had in hand. What it waits for in vain, when ctx ends, is read by whoever comes next.
func (l *lane) read(ctx context.Context, t *turn, i, limit int) (seg inputs.Segment, more, mine bool) {
	f := t.feeds[i]
	if a := f.TakeAhead(); a != nil {
		l.left = 0
		return a.Seg, a.More, true
	}
	l.turn, l.at = t, i
	l.watch.Begin()
	seg, more, err := f.Cursor().Read(ctx, l.buf, limit)
	mine = l.watch.End()
	if err != nil { // logged and shown by the input, which wakes the cursor again
		f.Route().Failed(err)
	}
	if !mine {
		l.late(f, queue.Ahead{Seg: seg, More: more})
	}
	return seg, more, mine
}

// surrender gives back what the lane has in hand but the feed that it reads. It is
// called by the lane's watch while the lane waits for the read.
func (l *lane) surrender() {
	p, f := l.p, l.turn.feeds[l.at]
	l.device = f.Cursor().Device()
	p.queue.Lose(f)
	f.Cursor().Overdue(true)
	p.mu.Lock()
	most := p.lanes
	p.mu.Unlock()
	p.log.Warn("a read of a log does not return; other logs are read meanwhile", keyPath, f.Cursor().Stream().Name)
	l.replaced = p.overdue.Add(l.device) <= most
	for _, t := range l.turns() {
		t.returnAll()
		p.queue.Release(t.shard, t.outcomes, time.Time{})
	}
	l.turn.returnAll()
	for _, other := range l.turn.feeds[l.at+1:] {
		l.turn.outcomes = append(l.turn.outcomes, queue.Outcome{Feed: other, First: true})
	}
	p.queue.Release(l.turn.shard, l.turn.outcomes, time.Time{})
	for _, s := range l.rest {
		p.queue.Release(s, nil, time.Time{})
	}
	if l.replaced {
		l.substitute()
	}
}

// late takes in what the overdue read has brought.
func (l *lane) late(f *queue.Feed, a queue.Ahead) {
	l.p.overdue.Done(l.device)
	l.p.log.Info("a read that did not return has returned", keyPath, f.Cursor().Stream().Name)
	f.Cursor().Overdue(false)
	l.p.queue.Find(f, a)
}
