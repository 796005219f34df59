package lanes

import (
	"errors"
	"time"

	"shipper/agent/backoff"
	"shipper/agent/pipeline/queue"
	"shipper/agent/routes"
	"shipper/agent/stored"
	"shipper/checkpoint"
	"shipper/inputs"
	"shipper/inputs/logfile/tally"
	"shipper/outputs"
)

// settle does what the fates of the request's batches call for, and gives the
// shards back. What was acknowledged is committed first, and together: the frame
// is written before any of these shards is leased again, so that SIGKILL repeats
// at most one batch a shard. If the disk does not take the frame, carryOn does the rest.
func (l *lane) settle() {
	for _, t := range l.turns() {
		if t.batch.Fate.State == outputs.Acked {
			l.acked(t)
		}
	}
	if l.noted() && !l.p.store.CommitHere(&l.changes, l.carryOn) {
		return
	}
	l.giveBack()
}

// carryOn is called by the store when the lane hangs in it: the disk fails.
func (l *lane) carryOn() {
	l.giveBack()
	l.replace()
}

// giveBack gives the shards back, as their fates demand. What was acknowledged is
// written by now.
func (l *lane) giveBack() {
	l.written()
	for _, t := range l.turns() {
		t.shard.Prove(t.batch.Fate.State == outputs.Acked, t.batch.Len() > 0)
		switch t.batch.Fate.State {
		case outputs.Acked:
			t.shard.Resolve()
			t.shard.Cut().Acked(l.p.shape.BatchBytes)
			t.countRetimed()
			l.p.pace(t)
			l.p.queue.GiveBack(t.shard, t.outcomes, time.Time{})
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
	l.p.queue.Succeeded(t.shard)
	if m := l.p.shape.Remembers; t.batch.Repeat && m > 0 && time.Since(t.batch.Time) > m {
		// The output may have forgotten the first attempt and taken the
		// records for new ones.
		t.countDuplicates()
	}
	at := tally.Place{Partition: t.shard.ID().Partition, First: t.batch.Fate.BaseOffset, Known: t.batch.Fate.BaseOffset >= 0}
	for i, f := range t.shipping {
		if f.Route().Lead() != nil {
			l.noteAside(f, &t.batch.Segments[i], t.batch.Fate.Objects[i])
		} else {
			l.note(f, &t.batch.Segments[i], at)
		}
		at.First += int64(t.batch.Segments[i].Len())
		if choice, fresh := l.p.queue.SaveChoice(f); fresh {
			if l.changes.Choices == nil {
				l.changes.Choices = map[checkpoint.Choice]checkpoint.Shard{}
			}
			l.changes.Choices[choice] = checkpoint.Shard(t.shard.ID())
		}
		f.Route().AcknowledgedBy(t.batch.Cluster, &l.changes)
	}
}

// note advances a watermark in memory and adds it to what commit will write.
func (l *lane) note(f *queue.Feed, seg *inputs.Segment, at tally.Place) {
	f.Passed(seg)
	stored.AddProgress(&l.changes, f.Cursor().CommitAt(seg, at), f.Route().Input(), f.Route().ID())
	f.Route().Deliver(seg.Len(), seg.End-seg.Start)
}

// noteAside notes that a segment is safe where its route's lead will find it. No
// offset moves: it was not delivered.
func (l *lane) noteAside(f *queue.Feed, seg *inputs.Segment, key string) {
	p := f.Cursor().Commit(seg)
	f.Route().Lead().Aside().Stored(&l.changes, p, seg, key)
	stored.AddIdentity(&l.changes, p, f.Route().Input())
}

// commit makes noted watermarks durable: it returns when they are written.
func (l *lane) commit() {
	if l.noted() {
		l.p.store.Commit(&l.changes)
	}
	l.written()
}

// noted tells whether there is anything to commit.
func (l *lane) noted() bool {
	return len(l.changes.Offsets)+len(l.changes.Choices)+len(l.changes.Notes) > 0
}

// written passes on that what was noted, if anything was, is durable.
func (l *lane) written() {
	if l.noted() && l.p.keeper.Load() != nil {
		for _, t := range l.turns() {
			t.passed()
		}
	}
	stored.Reset(&l.changes)
}

// refused cuts the records anew later: nothing of them is at the output.
func (l *lane) refused(t *turn) {
	fate := &t.batch.Fate
	t.shard.Resolve()
	if t.narrow() { // the output is well, the batch was not
		t.returnAll()
		l.p.queue.GiveBack(t.shard, t.outcomes, time.Time{})
		return
	}
	t.returnAll()
	wait := l.failed(t)
	if fate.Gone {
		l.p.queue.Dissolve(t.shard)
		return
	}
	l.p.queue.GiveBack(t.shard, t.outcomes, time.Now().Add(wait))
}

// givenUp starts afresh: the output can't repeat the receipt.
func (l *lane) givenUp(t *turn) {
	if t.batch.Repeat || t.batch.Fate.Doubtful {
		t.countDuplicates()
	}
	t.shard.Resolve()
	t.narrow()
	t.returnAll()
	l.p.queue.GiveBack(t.shard, t.outcomes, time.Now().Add(l.failed(t)))
}

// countDuplicates counts the batch's records as possibly delivered twice.
func (t *turn) countDuplicates() {
	for i := range t.batch.Segments {
		t.shipping[i].Route().MayRepeat(t.batch.Segments[i].Len())
	}
}

// unresolved keeps a receipt: exactly these records are tried again.
func (l *lane) unresolved(t *turn) {
	if !t.batch.Repeat {
		t.shard.Suspend(t.batch.Receipt(), t.shipping)
	}
	l.p.queue.GiveBack(t.shard, t.withoutSuspended(), time.Now().Add(l.failed(t)))
}

// withoutSuspended leaves only the feeds that are not part of the batch; the
// others stay in flight until the receipt is resolved.
func (t *turn) withoutSuspended() []queue.Outcome {
	kept := t.outcomes[:0]
	next := 0
	for _, o := range t.outcomes {
		if next < len(t.shipping) && t.shipping[next] == o.Feed {
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
		if next < len(t.shipping) && t.shipping[next] == t.outcomes[i].Feed {
			t.outcomes[i].More, t.outcomes[i].First = true, true
			next++
		}
	}
}

// failed notes the batch's fate for its routes and its shard, and returns how
// long to wait before the next attempt.
func (l *lane) failed(t *turn) time.Duration {
	fate := &t.batch.Fate
	if errors.Is(fate.Err, outputs.ErrRushed) {
		return queue.GateEvery // the output is well
	}
	if fate.Err != nil {
		var last *routes.Route
		for _, f := range t.shipping {
			if f.Route() != last {
				f.Route().Failed(fate.Err)
				last = f.Route()
			}
		}
	}
	return backoff.After(l.p.queue.Failed(t.shard, fate), fate.Class)
}
