package pipeline

import (
	"errors"
	"time"

	"shipper/inputs"
)

// A read that does not return is to hold up its own stream only. Nothing was sent yet:
// what else the lane has in hand is given back, and another lane takes its place. What
// the read brings after all is kept for the stream's next batch.

// errHangs is why a stream waits that was not tried.
var errHangs = errors.New("reads of this file system do not return; the stream is tried again when they do")

// ahead is what a read brought that was overdue. Its segment lies in a buffer of
// its own, and is what the cursor will commit.
type ahead struct {
	seg  inputs.Segment
	more bool
}

// hangs tells whether the feed is not to be read now, because as many lanes wait
// for its file system as may.
func (p *Pipeline) hangs(f *feed) bool {
	if !p.overdue.Any() {
		return false
	}
	n := p.overdue.On(f.cursor.Device())
	p.mu.Lock()
	hangs := n >= max(1, p.lanes/2)
	p.mu.Unlock()
	if hangs {
		f.route.Failed(errHangs)
	}
	return hangs
}

// read reads what comes next of the turn's i-th feed, or takes what an overdue read
// has brought, which goes by itself. It returns false if the lane has lost what it
// had in hand.
func (l *lane) read(t *turn, i, limit int) (seg inputs.Segment, more, mine bool) {
	f := t.feeds[i]
	if a := f.ahead; a != nil {
		f.ahead, l.left = nil, 0
		return a.seg, a.more, true
	}
	l.turn, l.at = t, i
	l.watch.Begin()
	seg, more, err := f.cursor.Read(l.buf, limit)
	mine = l.watch.End()
	if err != nil { // logged and shown by the input, which wakes the cursor again
		f.route.Failed(err)
	}
	if !mine {
		l.late(f, ahead{seg, more})
	}
	return seg, more, mine
}

// surrender gives back what the lane has in hand but the feed that it reads. It is
// called by the lane's watch while the lane waits for the read.
func (l *lane) surrender() {
	p, f := l.p, l.turn.feeds[l.at]
	l.device = f.cursor.Device()
	p.mu.Lock()
	f.hung = true
	most := p.lanes
	p.mu.Unlock()
	p.log.Warn("a read of a log does not return; other logs are read meanwhile", keyPath, f.cursor.Stream().Name)
	l.replaced = p.overdue.Add(l.device) <= most
	for _, t := range l.turns() {
		t.returnAll()
		p.release(t.shard, t.outcomes, time.Time{})
	}
	l.turn.returnAll()
	for _, other := range l.turn.feeds[l.at+1:] {
		l.turn.outcomes = append(l.turn.outcomes, outcome{feed: other, first: true})
	}
	p.release(l.turn.shard, l.turn.outcomes, time.Time{})
	for _, s := range l.rest {
		p.release(s, nil, time.Time{})
	}
	if l.replaced {
		l.substitute()
	}
}

// late takes in what the overdue read has brought.
func (l *lane) late(f *feed, a ahead) {
	p := l.p
	p.overdue.Done(l.device)
	p.log.Info("a read that did not return has returned", keyPath, f.cursor.Stream().Name)
	p.mu.Lock()
	defer p.mu.Unlock()
	defer p.freed.Broadcast()
	again := a.more || f.woken || a.seg.Start < a.seg.End
	f.hung, f.inFlight, f.woken = false, false, false
	if a.seg.Start < a.seg.End && f.route.lead == nil { // else the lead may pass it
		f.ahead = &a
	}
	switch {
	case f.route.ended:
	case !again:
		f.idle = time.Now()
	case p.enqueue(f):
		p.schedule(f.shard, time.Now())
	}
}
