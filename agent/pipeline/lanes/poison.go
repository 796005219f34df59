package lanes

import (
	"context"

	"shipper/agent/pipeline/queue"
	"shipper/agent/poison"
	"shipper/agent/stored"
	"shipper/inputs"
	"shipper/outputs/quarantine"
)

// narrow has the next batches cut in another way, and what the output will never take
// put into quarantine, once what precedes it is delivered. It returns false if neither
// would help.
func (t *turn) narrow() bool {
	rejected, better := t.shard.Cut().Refused(&t.batch)
	for i := range t.batch.Segments {
		if p := poison.Find(&t.batch.Segments[i], i, rejected); p != nil {
			t.shipping[i].SetPoison(p)
			better = true
		}
	}
	return better
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
		t.shard.Cut().Found()
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
