package agent

import (
	"context"
	"errors"
	"fmt"
	"time"

	"shipper/checkpoint"
	"shipper/inputs"
	"shipper/inputs/logfile"
	"shipper/outputs"
)

// maxSegments bounds the streams of one batch, so that a thousand slow files on
// one shard cost a few requests and not a thousand.
const maxSegments = 256

// lane is a worker of a pipeline. It belongs to one goroutine.
type lane struct {
	p        *pipeline
	buf      *inputs.Buffer
	batch    outputs.Batch
	batches  []*outputs.Batch
	feeds    []*feed   // of the shard's turn
	shipping []*feed   // of each segment of the batch
	outcomes []outcome // of feeds
	retimed  []int     // records of each segment that lost their own time, empty if none did
	changes  checkpoint.Changes
}

func newLane(p *pipeline) *lane {
	l := &lane{p: p, buf: inputs.NewBuffer(p.buffer)}
	l.buf.MaxRecords = p.shape.BatchRecords
	return l
}

// run leases, ships and gives back until ctx ends.
func (l *lane) run(ctx, hard context.Context) {
	for {
		s := l.p.lease(ctx)
		if s == nil {
			return
		}
		l.turn(hard, s)
	}
}

// turn serves one leased shard: one attempt at one batch.
func (l *lane) turn(ctx context.Context, s *shard) {
	l.begin(s)
	if s.receipt != nil {
		switch l.repeat(s) {
		case ready:
			l.attempt(ctx, s)
			return
		case postponed:
			return
		case abandoned: // cut anew
		}
	}
	l.feeds = l.p.take(s, l.feeds, maxSegments)
	l.collect(s)
	if len(l.batch.Segments) == 0 {
		l.p.release(s, l.outcomes, time.Time{})
		return
	}
	l.attempt(ctx, s)
}

// begin empties the lane's hands for a batch of s.
func (l *lane) begin(s *shard) {
	l.buf.Reset()
	l.batch = outputs.Batch{Shard: s.id, Segments: l.batch.Segments[:0], Time: time.Now()}
	l.feeds, l.shipping, l.outcomes, l.retimed = l.feeds[:0], l.shipping[:0], l.outcomes[:0], l.retimed[:0]
}

// collect fills the batch from the feeds: each gets an equal share of what is
// left, so that a fast stream can't starve a slow one.
func (l *lane) collect(s *shard) {
	room := l.p.shape.BatchBytes
	if s.limit > 0 {
		room = min(room, s.limit)
	}
	for i, f := range l.feeds {
		limit := max(1, room/(len(l.feeds)-i))
		if f.poison != nil {
			limit = min(limit, f.poison.limit()) // what precedes it has no right to more than others
		}
		var seg inputs.Segment
		var more bool
		if room > 0 {
			var err error
			seg, more, err = f.cursor.Read(l.buf, limit)
			if err != nil { // logged and shown by the input, which wakes the cursor again
				f.route.failed(err)
			}
		} else {
			more = true
		}
		empty := seg.Start == seg.End
		if !empty && (seg.TooLong || f.poison.isNext(&seg)) {
			l.outcomes = append(l.outcomes, outcome{feed: f, more: true, park: !l.bury(s, f, &seg)})
			continue
		}
		l.outcomes = append(l.outcomes, outcome{feed: f, more: more, first: empty && more})
		if empty {
			continue
		}
		room -= len(seg.Data)
		l.batch.Segments = append(l.batch.Segments, seg)
		l.shipping = append(l.shipping, f)
	}
}

// How repeat ended.
type repeated uint8

const (
	ready     repeated = iota // the batch is to be sent again
	abandoned                 // the receipt is given up
	postponed                 // the shard was given back, with its receipt
)

// errOthers: the file holds other bytes than those that were sent.
var errOthers = errors.New("these are not the bytes that were sent")

// A receipt whose bytes can't be read for a reason that may pass (an I/O error,
// no free descriptor) is kept for repeatPatience: longer would hold up the shard's
// other streams.
const (
	repeatPatience = time.Minute
	repeatFailures = 4 // the back-off between the tries is that of the fourth failure
)

// repeat reads the records of the shard's receipt again. If they can't be had
// exactly, the receipt is given up: what is cut anew goes under fresh numbers,
// and some records may arrive twice.
func (l *lane) repeat(s *shard) repeated {
	r := s.receipt
	l.feeds = append(l.feeds, s.suspended...)
	l.shipping = append(l.shipping, s.suspended...)
	for i := range r.Segments {
		want := &r.Segments[i]
		f := s.suspended[i]
		seg, err := f.cursor.Repeat(l.buf, want.Gen, want.Start, want.End)
		seg.Time, seg.Late = want.Time, want.Late
		if err == nil && !want.Matches(&seg) {
			err = fmt.Errorf("bytes %d to %d of %s: %w", want.Start, want.End, want.Gen.Path, errOthers)
		}
		if err != nil && !logfile.Unrepeatable(err) && !errors.Is(err, errOthers) && l.postpone(s) {
			f.route.failed(err)
			return postponed
		}
		if err != nil {
			f.route.unprovable.Add(want.End - want.Start)
			l.p.log.Warn("a batch of unknown fate can't be repeated; its records may be delivered twice",
				keyTopic, s.id.Topic, keyPartition, s.id.Partition, keyRecords, r.Records(), keyError, err)
			l.abandon(s)
			return abandoned
		}
		l.batch.Segments = append(l.batch.Segments, seg)
		l.outcomes = append(l.outcomes, outcome{feed: f, more: true})
	}
	l.batch.Time, l.batch.Repeat = r.Time, true
	s.unreadable = time.Time{}
	return ready
}

// postpone gives the shard back with its receipt, whose bytes can't be read now.
// It does nothing and returns false if that has gone on for long enough.
func (l *lane) postpone(s *shard) bool {
	now := time.Now()
	if s.unreadable.IsZero() {
		s.unreadable = now
	}
	if now.Sub(s.unreadable) > repeatPatience {
		return false
	}
	l.p.release(s, nil, now.Add(backoff(repeatFailures, outputs.Transient)))
	return true
}

// abandon gives the shard's receipt up: its feeds go back to the queue's head,
// to be cut anew from their watermarks.
func (l *lane) abandon(s *shard) {
	for i, f := range s.suspended {
		f.route.possibleDuplicates.Add(int64(s.receipt.Segments[i].Records))
	}
	l.p.requeue(s, s.suspended)
	s.resolve()
	s.unreadable = time.Time{}
	l.begin(s)
}

// attempt writes the batch once and settles it.
func (l *lane) attempt(ctx context.Context, s *shard) {
	b := &l.batch
	b.Fate = outputs.Fate{}
	if b.Len() == 0 {
		// All lines were filtered out: nothing to send, only to remember.
		b.Fate.State = outputs.Acked
	} else {
		if s.untimed > 0 {
			l.untime()
		}
		l.batches = append(l.batches[:0], b)
		l.p.output.Write(ctx, l.batches)
	}
	switch b.Fate.State {
	case outputs.Acked:
		l.acked(s)
	case outputs.Refused:
		l.refused(s)
	case outputs.GivenUp:
		l.givenUp(s)
	case outputs.Unresolved:
		l.unresolved(s)
	}
}

// acked advances the watermarks of the batch. The frame is written before the
// shard is given back, so that SIGKILL repeats at most one batch a shard.
func (l *lane) acked(s *shard) {
	l.p.succeeded(s)
	if m := l.p.shape.Remembers; l.batch.Repeat && m > 0 && time.Since(l.batch.Time) > m {
		// The output may have forgotten the first attempt and taken the
		// records for new ones.
		l.countDuplicates()
	}
	for i := range l.batch.Segments {
		l.note(l.shipping[i], &l.batch.Segments[i])
	}
	l.commit(s)
	s.resolve()
	s.widen(l.p.shape.BatchBytes)
	if s.untimed > 0 {
		s.untimed--
		l.countRetimed()
	}
	l.p.release(s, l.outcomes, time.Time{})
}

// note advances a watermark in memory and adds it to what commit will write.
func (l *lane) note(f *feed, seg *inputs.Segment) {
	if f.poison != nil {
		f.poison = f.poison.after(seg)
	}
	addProgress(&l.changes, f.cursor.Commit(seg), f.route)
	f.route.deliveredRecords.Add(int64(seg.Len()))
	f.route.deliveredBytes.Add(seg.End - seg.Start)
}

// commit makes noted watermarks durable: it returns when they are written.
func (l *lane) commit(s *shard) {
	for _, f := range l.shipping {
		if !f.choiceSaved {
			if l.changes.Choices == nil {
				l.changes.Choices = map[checkpoint.Choice]checkpoint.Shard{}
			}
			l.changes.Choices[l.p.choiceOf(f.cursor.Stream())] = checkpoint.Shard(s.id)
			f.choiceSaved = true
		}
	}
	l.p.store.Commit(&l.changes)
	resetChanges(&l.changes)
}

// refused cuts the records anew later: nothing of them is at the output.
func (l *lane) refused(s *shard) {
	fate := &l.batch.Fate
	s.resolve()
	if l.narrow(s, fate) { // the output is well, the batch was not
		l.returnAll()
		l.p.release(s, l.outcomes, time.Time{})
		return
	}
	l.returnAll()
	wait := l.failed(s)
	if fate.Gone {
		l.p.dissolve(s)
		return
	}
	l.p.release(s, l.outcomes, time.Now().Add(wait))
}

// givenUp starts afresh: the output can't repeat the receipt.
func (l *lane) givenUp(s *shard) {
	if l.batch.Repeat || l.batch.Fate.Doubtful {
		l.countDuplicates()
	}
	s.resolve()
	l.narrow(s, &l.batch.Fate)
	l.returnAll()
	l.p.release(s, l.outcomes, time.Now().Add(l.failed(s)))
}

// countDuplicates counts the batch's records as possibly delivered twice.
func (l *lane) countDuplicates() {
	for i := range l.batch.Segments {
		l.shipping[i].route.possibleDuplicates.Add(int64(l.batch.Segments[i].Len()))
	}
}

// unresolved keeps a receipt: exactly these records are tried again.
func (l *lane) unresolved(s *shard) {
	if !l.batch.Repeat {
		s.suspend(l.batch.Receipt(), l.shipping)
	}
	l.p.release(s, l.withoutSuspended(), time.Now().Add(l.failed(s)))
}

// withoutSuspended leaves only the feeds that are not part of the batch; the
// others stay in flight until the receipt is resolved.
func (l *lane) withoutSuspended() []outcome {
	kept := l.outcomes[:0]
	next := 0
	for _, o := range l.outcomes {
		if next < len(l.shipping) && l.shipping[next] == o.feed {
			next++
			continue
		}
		kept = append(kept, o)
	}
	return kept
}

// returnAll marks the feeds of the batch as read but not shipped.
func (l *lane) returnAll() {
	next := 0
	for i := range l.outcomes {
		if next < len(l.shipping) && l.shipping[next] == l.outcomes[i].feed {
			l.outcomes[i].more, l.outcomes[i].first = true, true
			next++
		}
	}
}

// failed notes the batch's fate for its routes and its shard, and returns how
// long to wait before the next attempt.
func (l *lane) failed(s *shard) time.Duration {
	fate := &l.batch.Fate
	if fate.Err != nil {
		var last *route
		for _, f := range l.shipping {
			if f.route != last {
				f.route.failed(fate.Err)
				last = f.route
			}
		}
	}
	return backoff(l.p.failed(s, fate), fate.Class)
}
