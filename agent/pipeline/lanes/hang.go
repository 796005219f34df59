package lanes

import (
	"context"
	"errors"
	"time"

	"shipper/agent/pipeline/queue"
	"shipper/inputs"
	"shipper/outputs"
)

// A read that does not return is to hold up its own stream only. Nothing was sent yet:
// what else the lane has in hand is given back, and another lane takes its place. What
// the read brings after all is kept for the stream's next batch. A batch of unknown fate
// stays in the lane's hands instead: before it nothing else may be sent to its shard.

// errHangs is why a stream waits that was not tried.
var errHangs = errors.New("reads of this file system do not return; the stream is tried again when they do")

// hangs tells whether the feed is not to be read now, because as many lanes wait
// for its file system as may.
func (p *Pool) hangs(f *queue.Feed) bool {
	if !p.overdue.Any() || p.overdue.On(f.Cursor().Device()) < max(1, p.Lanes()/2) {
		return false
	}
	f.Route().Failed(errHangs)
	return true
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
	l.turn, l.at, l.again = t, i, false
	l.watch.Begin()
	seg, more, err := f.Cursor().Read(ctx, l.buf, limit)
	mine = l.watch.End()
	if err != nil { // logged and shown by the input, which wakes the cursor again
		f.Route().Failed(err)
	}
	if !mine {
		l.returned(f)
		l.p.queue.Find(f, queue.Ahead{Seg: seg, More: more})
	}
	return seg, more, mine
}

// readAgain reads the i-th segment of the shard's receipt again.
func (l *lane) readAgain(ctx context.Context, t *turn, i int, want *outputs.SegmentReceipt) (inputs.Segment, error) {
	f := t.feeds[i]
	if l.p.hangs(f) {
		return inputs.Segment{}, errHangs
	}
	l.turn, l.at, l.again = t, i, true
	l.watch.Begin()
	seg, err := f.Cursor().Repeat(ctx, l.buf, want.Gen, want.Start, want.End)
	if !l.watch.End() {
		l.returned(f)
		l.watch.Start() // the next may hang, too
	}
	return seg, err
}

// surrender gives back what the lane has in hand but the feed that it reads, or nothing if
// that is of a receipt, and has another take its place. The lane's watch calls it.
func (l *lane) surrender() {
	p, f := l.p, l.turn.feeds[l.at]
	l.device = f.Cursor().Device()
	f.Cursor().Overdue(true)
	p.log.Warn("a read of a log does not return; other logs are read meanwhile", keyPath, f.Cursor().Stream().Name)
	if p.overdue.Add(l.device) <= p.Lanes() {
		l.replace()
	}
	if !l.again {
		l.giveUp(f)
	}
}

// replace has another lane take this one's place, once.
func (l *lane) replace() {
	if !l.replaced {
		l.replaced = true
		l.substitute()
	}
}

// giveUp gives back what the lane has in hand but f.
func (l *lane) giveUp(f *queue.Feed) {
	l.p.queue.Lose(f)
	for _, t := range l.turns() {
		t.returnAll()
		l.p.queue.Release(t.shard, t.outcomes, time.Time{})
	}
	l.turn.returnAll()
	for _, other := range l.turn.feeds[l.at+1:] {
		l.turn.outcomes = append(l.turn.outcomes, queue.Outcome{Feed: other, First: true})
	}
	l.p.queue.Release(l.turn.shard, l.turn.outcomes, time.Time{})
	for _, s := range l.rest {
		l.p.queue.Release(s, nil, time.Time{})
	}
}

// returned notes that the overdue read has.
func (l *lane) returned(f *queue.Feed) {
	l.p.overdue.Done(l.device)
	l.p.log.Info("a read that did not return has returned", keyPath, f.Cursor().Stream().Name)
	f.Cursor().Overdue(false)
}
