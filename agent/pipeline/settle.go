package pipeline

import (
	"errors"
	"time"

	"shipper/agent/backoff"
	"shipper/agent/stored"
	"shipper/checkpoint"
	"shipper/inputs"
	"shipper/inputs/logfile/tally"
	"shipper/outputs"
)

// settle does what the fates of the request's batches call for, and gives the
// shards back. What was acknowledged is committed first, and together: the frame
// is written before any of these shards is leased again, so that SIGKILL repeats
// at most one batch a shard.
func (l *lane) settle() {
	for _, t := range l.turns() {
		if t.batch.Fate.State == outputs.Acked {
			l.acked(t)
		}
	}
	l.commit()
	for _, t := range l.turns() {
		// What nothing was sent of says nothing of the output.
		t.shard.proven = t.batch.Fate.State == outputs.Acked && (t.shard.proven || t.batch.Len() > 0)
		switch t.batch.Fate.State {
		case outputs.Acked:
			t.shard.resolve()
			t.shard.widen(l.p.shape.BatchBytes)
			if t.shard.untimed > 0 {
				t.shard.untimed--
				t.countRetimed()
			}
			l.p.pace(t)
			l.p.giveBack(t.shard, t.outcomes, time.Time{})
		case outputs.Refused:
			l.refused(t)
		case outputs.GivenUp:
			l.givenUp(t)
		case outputs.Unresolved:
			l.unresolved(t)
		}
	}
}

// acked advances the watermarks of the turn's batch; commit makes them durable.
func (l *lane) acked(t *turn) {
	l.p.succeeded(t.shard)
	if m := l.p.shape.Remembers; t.batch.Repeat && m > 0 && time.Since(t.batch.Time) > m {
		// The output may have forgotten the first attempt and taken the
		// records for new ones.
		t.countDuplicates()
	}
	at := tally.Place{Partition: t.shard.id.Partition, First: t.batch.Fate.BaseOffset, Known: t.batch.Fate.BaseOffset >= 0}
	for i, f := range t.shipping {
		if f.route.lead != nil {
			l.noteAside(f, &t.batch.Segments[i], t.batch.Fate.Objects[i])
		} else {
			l.note(f, &t.batch.Segments[i], at)
		}
		at.First += int64(t.batch.Segments[i].Len())
		if !f.choiceSaved {
			if l.changes.Choices == nil {
				l.changes.Choices = map[checkpoint.Choice]checkpoint.Shard{}
			}
			l.changes.Choices[l.p.choiceOf(f.cursor.Stream())] = checkpoint.Shard(t.shard.id)
			f.choiceSaved = true
		}
		f.route.acknowledgedBy(t.batch.Cluster, &l.changes)
	}
}

// note advances a watermark in memory and adds it to what commit will write.
func (l *lane) note(f *feed, seg *inputs.Segment, at tally.Place) {
	f.poison, f.tried = f.poison.After(seg), false
	stored.AddProgress(&l.changes, f.cursor.CommitAt(seg, at), f.route.input, f.route.id)
	f.route.deliveredRecords.Add(int64(seg.Len()))
	f.route.deliveredBytes.Add(seg.End - seg.Start)
}

// noteAside notes that a segment is safe where its route's lead will find it. No
// offset moves: it was not delivered.
func (l *lane) noteAside(f *feed, seg *inputs.Segment, key string) {
	p := f.cursor.Commit(seg)
	f.route.lead.aside.Stored(&l.changes, p, seg, key)
	stored.AddIdentity(&l.changes, p, f.route.input)
}

// commit makes noted watermarks durable: it returns when they are written.
func (l *lane) commit() {
	if len(l.changes.Offsets) == 0 && len(l.changes.Choices) == 0 && len(l.changes.Notes) == 0 {
		return
	}
	l.p.store.Commit(&l.changes)
	if l.p.keeper.Load() != nil {
		for _, t := range l.turns() {
			t.passed()
		}
	}
	stored.Reset(&l.changes)
}

// refused cuts the records anew later: nothing of them is at the output.
func (l *lane) refused(t *turn) {
	fate := &t.batch.Fate
	t.shard.resolve()
	if t.narrow() { // the output is well, the batch was not
		t.returnAll()
		l.p.giveBack(t.shard, t.outcomes, time.Time{})
		return
	}
	t.returnAll()
	wait := l.failed(t)
	if fate.Gone {
		l.p.dissolve(t.shard)
		return
	}
	l.p.giveBack(t.shard, t.outcomes, time.Now().Add(wait))
}

// givenUp starts afresh: the output can't repeat the receipt.
func (l *lane) givenUp(t *turn) {
	if t.batch.Repeat || t.batch.Fate.Doubtful {
		t.countDuplicates()
	}
	t.shard.resolve()
	t.narrow()
	t.returnAll()
	l.p.giveBack(t.shard, t.outcomes, time.Now().Add(l.failed(t)))
}

// countDuplicates counts the batch's records as possibly delivered twice.
func (t *turn) countDuplicates() {
	for i := range t.batch.Segments {
		t.shipping[i].route.possibleDuplicates.Add(int64(t.batch.Segments[i].Len()))
	}
}

// unresolved keeps a receipt: exactly these records are tried again.
func (l *lane) unresolved(t *turn) {
	if !t.batch.Repeat {
		t.shard.suspend(t.batch.Receipt(), t.shipping)
	}
	l.p.giveBack(t.shard, t.withoutSuspended(), time.Now().Add(l.failed(t)))
}

// withoutSuspended leaves only the feeds that are not part of the batch; the
// others stay in flight until the receipt is resolved.
func (t *turn) withoutSuspended() []outcome {
	kept := t.outcomes[:0]
	next := 0
	for _, o := range t.outcomes {
		if next < len(t.shipping) && t.shipping[next] == o.feed {
			next++
			continue
		}
		kept = append(kept, o)
	}
	return kept
}

// returnAll marks the feeds of the batch as read but not shipped.
func (t *turn) returnAll() {
	next := 0
	for i := range t.outcomes {
		if next < len(t.shipping) && t.shipping[next] == t.outcomes[i].feed {
			t.outcomes[i].more, t.outcomes[i].first = true, true
			next++
		}
	}
}

// failed notes the batch's fate for its routes and its shard, and returns how
// long to wait before the next attempt.
func (l *lane) failed(t *turn) time.Duration {
	fate := &t.batch.Fate
	if errors.Is(fate.Err, outputs.ErrRushed) {
		return gateEvery // the output is well
	}
	if fate.Err != nil {
		var last *Route
		for _, f := range t.shipping {
			if f.route != last {
				f.route.Failed(fate.Err)
				last = f.route
			}
		}
	}
	return backoff.After(l.p.failed(t.shard, fate), fate.Class)
}
