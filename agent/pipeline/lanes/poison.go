package lanes

import (
	"context"
	"fmt"

	"shipper/agent/pipeline/queue"
	"shipper/agent/poison"
	"shipper/agent/stored"
	"shipper/inputs"
	"shipper/outputs"
	"shipper/outputs/quarantine"
)

// narrow prepares smaller batches if the output blamed the batch's size or some
// of its records. It returns false if a smaller batch would not help.
func (t *turn) narrow() bool {
	cut, fate := t.shard.Cut(), &t.batch.Fate
	if fate.TooLarge {
		if t.batch.Len() == 1 || cut.Limit() == 1 { // no smaller batch can be cut
			reason := fmt.Sprintf("%d bytes are more than the output takes in one record; "+
				"raise its limit (Kafka: max.message.bytes of the topic), or lower max_line to have such lines cut in pieces. "+
				"It said: %v", t.batch.Bytes(), fate.Err)
			return t.poisonAll([]outputs.RecordRange{{Segment: t.firstWithRecords(), Count: 1, Reason: reason}})
		}
		cut.Halve(t.batch.Bytes())
		return true
	}
	switch {
	case fate.BadTime:
		return t.dropTimes()
	case fate.Class != outputs.RecordError:
		return false
	case len(fate.Rejected) > 0:
		return t.poisonAll(fate.Rejected)
	case t.batch.Len() == 1 || cut.Limit() == 1:
		return t.poisonAll([]outputs.RecordRange{{Segment: t.firstWithRecords(), Count: 1, Reason: fate.Err.Error()}})
	}
	// It did not say which: halve until it is found.
	cut.Halve(t.batch.Bytes())
	return true
}

func (t *turn) firstWithRecords() int {
	for i := range t.batch.Segments {
		if t.batch.Segments[i].Len() > 0 {
			return i
		}
	}
	return 0
}

// poisonAll marks the first rejected record of each segment, to be put into
// quarantine once what precedes it is delivered. It returns false if the output
// named no record of the batch.
func (t *turn) poisonAll(rejected []outputs.RecordRange) bool {
	found := false
	for i := range t.batch.Segments {
		if p := poison.Find(&t.batch.Segments[i], i, rejected); p != nil {
			t.shipping[i].SetPoison(p)
			found = true
		}
	}
	return found
}

// bury writes records that the output will never take, or is not to be given, to
// quarantine, durably, and only then moves the watermark past them. It returns
// false if quarantine can't take them: then the stream waits.
func (l *lane) bury(ctx context.Context, t *turn, f *queue.Feed, seg *inputs.Segment) bool {
	reason := "longer than max_line"
	if !seg.TooLong {
		reason = f.Poison().Reason
	}
	for i := range seg.Len() {
		r := quarantine.Of(seg, i, t.shard.ID(), t.batch.Time)
		r.Output, r.Reason = l.p.name, reason
		if part := inputs.Piece(r.Piece).HeaderValue(); seg.TooLong && part != "" {
			r.Reason += ", " + part + " piece"
		}
		err := l.p.quar.Put(ctx, &r)
		l.p.quarantineState(err)
		if err != nil {
			f.Route().Failed(err)
			return false
		}
		l.p.log.Warn("a record was put into quarantine",
			keyPath, r.Path, keyOffset, r.Offset, keyBytes, len(r.Value), keyTopic, r.Topic, keyReason, r.Reason)
		f.Route().Quarantine()
	}
	if seg.TooLong {
		f.SetPoison(f.Poison().After(seg))
	} else {
		f.SetPoison(nil)
		t.shard.Cut().Whole() // batches were cut down to find it
	}
	stored.AddProgress(&l.changes, f.Cursor().Commit(seg), f.Route().Input(), f.Route().ID())
	l.commit()
	if f.Route().Aside() != nil {
		f.Route().Aside().Passed(seg.Gen.ID, seg.End)
	}
	return true
}

// quarantineState logs when the quarantine begins to refuse records, whose
// streams wait then, and when it takes them again.
func (p *Pool) quarantineState(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.quarFull == (err != nil) {
		return
	}
	p.quarFull = err != nil
	if err != nil {
		p.log.Error("quarantine takes no records; their streams wait", keyError, err)
	} else {
		p.log.Info("quarantine takes records again")
	}
}
