package ship

import (
	"context"
	"fmt"
	"time"

	"shipper/agent/backoff"
	"shipper/agent/restore"
	"shipper/agent/restore/cut"
	"shipper/checkpoint"
	"shipper/inputs"
	"shipper/outputs"
	"shipper/outputs/quarantine"
	"shipper/outputs/s3"
)

// sender ships one log.
type sender struct {
	*run
	log    *restore.Log
	out    outputs.Output
	stream *inputs.Stream
	shard  outputs.Shard
	shape  outputs.Shape
}

// ship ships a log's objects. It returns ctx's error, or nil.
func (r *run) ship(ctx context.Context, l *restore.Log) error {
	out, err := r.output(l.Agent)
	if err != nil {
		return err
	}
	s := &sender{run: r, log: l, out: out, shape: out.Shape()}
	return l.Generations(func(objects []restore.Object) error {
		at := int64(0)
		for i := range objects {
			var err error
			if at, err = s.object(ctx, &objects[i], at); err != nil {
				return err
			}
		}
		return nil
	})
}

// object ships one object, whose generation was shipped up to past, and returns up to
// where it is then.
func (s *sender) object(ctx context.Context, x *restore.Object, past int64) (int64, error) {
	bytes := s.plan.Options.Bytes([]restore.Object{{Start: max(past, x.Start), End: max(past, x.End)}})
	next, all := 0, -1
	if note := s.shipped[x.URL]; note != "" {
		_, _ = fmt.Sscanf(note, "%d of %d", &next, &all) // a damaged one: from the start
	}
	if next == all || x.End <= past {
		s.advance(bytes, 0)
		return max(past, x.End), nil
	}
	seg, err := s.fetch(ctx, x.URL)
	if s3.Unusable(err) {
		s.problem(x.URL, err)
		return past, nil
	}
	if err != nil {
		return past, err
	}
	if err := s.place(ctx, seg.Gen); err != nil {
		return past, err
	}
	seg.Gen.Stream = s.stream
	c := cut.Choice{From: s.plan.Options.From, To: s.plan.Options.To, Has: s.has, Past: past}
	records := cut.Records(seg)
	left := bytes
	for next < len(records) {
		var part inputs.Segment
		part, next = c.Part(seg, records, next, s.shape.BatchBytes, s.shape.BatchRecords)
		if err := s.send(ctx, part); err != nil {
			return past, err
		}
		s.note(x.URL, next, len(records))
		share := min(left, int64(len(part.Data)))
		left -= share
		s.advance(share, int64(part.Len()))
	}
	if len(records) == 0 {
		s.note(x.URL, 0, 0)
	}
	s.advance(left, 0)
	return max(past, x.End), nil
}

// note makes durable how many records of an object are done.
func (s *sender) note(url string, next, all int) {
	if next == 0 && all > 0 {
		return
	}
	s.store.Commit(&checkpoint.Changes{Notes: map[string]string{url: fmt.Sprintf("%d of %d", next, all)}})
}

// fetch reads an object; whatever is not its own fault is tried again.
func (s *sender) fetch(ctx context.Context, url string) (*inputs.Segment, error) {
	var seg *inputs.Segment
	var unusable error
	err := s.patiently(ctx, func() (err error) {
		_, seg, err = s.plan.Get(ctx, url)
		if s3.Unusable(err) {
			unusable, err = err, nil
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return seg, unusable
}

// place finds the shard of the log, once.
func (s *sender) place(ctx context.Context, g *inputs.Generation) error {
	if s.stream != nil {
		return nil
	}
	stream := *g.Stream
	stream.Topic = s.plan.TopicOf(s.log)
	var err error
	if s.shard, err = s.run.shard(ctx, s.out, s.log.Agent, &stream); err != nil {
		return err
	}
	s.stream = &stream
	return nil
}

// send has records delivered, or put into quarantine. Nobody else writes to the
// shard meanwhile.
func (s *sender) send(ctx context.Context, seg inputs.Segment) error {
	if seg.Len() == 0 {
		return ctx.Err()
	}
	unlock := s.lock(s.shard)
	defer func() { unlock() }()
	for {
		gone, err := s.deliver(ctx, seg)
		if !gone || err != nil {
			return err
		}
		s.stream = nil
		if err := s.place(ctx, seg.Gen); err != nil {
			return err
		}
		unlock()
		unlock = s.lock(s.shard)
	}
}

// deliver tries until every record of seg is acknowledged or in quarantine, or ctx
// ends. gone says that the shard does not exist any more; what was delivered before
// may be sent again then.
func (s *sender) deliver(ctx context.Context, seg inputs.Segment) (gone bool, err error) {
	b := outputs.Batch{Shard: s.shard, Segments: []inputs.Segment{seg}, Time: time.Now()}
	for failures := 1; ; failures++ {
		if ctx.Err() != nil {
			return false, ctx.Err()
		}
		b.Fate = outputs.Fate{BaseOffset: -1}
		s.out.Write(context.WithoutCancel(ctx), []*outputs.Batch{&b}) // bounded; a signal does not leave it open
		fate := &b.Fate
		switch fate.State {
		case outputs.Acked:
			return false, nil
		case outputs.Unresolved:
			b.Repeat = true
		case outputs.GivenUp, outputs.Refused:
			if fate.Gone {
				return true, nil
			}
			if b.Repeat = false; fate.BadTime && b.Segments[0].HasTimes() {
				b.Segments[0].DropTimes()
				continue
			}
			if i, j, found := blamed(&seg, fate); found {
				return s.around(ctx, seg, i, j, fate)
			}
		}
		s.failed(fate.Err)
		if err := pause(ctx, failures, fate.Class); err != nil {
			return false, err
		}
	}
}

// blamed tells which records [i, j) a fate blames: none known, that is all but too
// many, or one. found is false if it blames none.
func blamed(seg *inputs.Segment, fate *outputs.Fate) (i, j int, found bool) {
	n := seg.Len()
	switch {
	case !fate.TooLarge && fate.Class != outputs.RecordError:
		return 0, 0, false
	case n == 1:
		return 0, 1, true
	case !fate.TooLarge && len(fate.Rejected) > 0:
		i = n
		for _, r := range fate.Rejected {
			i = min(i, r.First)
		}
		if i < n {
			return i, i + 1, true
		}
	}
	return n / 2, n / 2, true
}

// around delivers what is before [i, j), puts that into quarantine, and delivers what
// is behind it.
func (s *sender) around(ctx context.Context, seg inputs.Segment, i, j int, fate *outputs.Fate) (gone bool, err error) {
	if i > 0 {
		if gone, err := s.deliver(ctx, cut.Only(seg, 0, i)); gone || err != nil {
			return gone, err
		}
	}
	for ; i < j; i++ {
		if err := s.bury(ctx, &seg, i, fate); err != nil {
			return false, err
		}
	}
	if j == seg.Len() {
		return false, nil
	}
	return s.deliver(ctx, cut.Only(seg, j, seg.Len()))
}

// bury puts a record into quarantine that the output will never take.
func (s *sender) bury(ctx context.Context, seg *inputs.Segment, i int, fate *outputs.Fate) error {
	q := quarantine.Of(seg, i, s.shard, time.Now())
	q.Output, q.Reason = s.plan.Output, fate.Err.Error()
	for _, r := range fate.Rejected {
		if r.First == i && r.Reason != "" {
			q.Reason = r.Reason
		}
	}
	return s.patiently(ctx, func() error { return s.quarantine.Put(ctx, &q) })
}

// patiently tries until there is no error, or ctx ends.
func (r *run) patiently(ctx context.Context, try func() error) error {
	for failures := 1; ; failures++ {
		err := try()
		if err == nil || ctx.Err() != nil {
			return ctx.Err()
		}
		r.failed(err)
		if err := pause(ctx, failures, outputs.Transient); err != nil {
			return err
		}
	}
}

func pause(ctx context.Context, failures int, class outputs.Class) error {
	timer := time.NewTimer(backoff.After(failures, class))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
