package pipeline

import (
	"context"
	"errors"
	"fmt"
	"time"

	"shipper/agent/backoff"
	"shipper/inputs"
	"shipper/inputs/logfile"
	"shipper/outputs"
)

// turn is a leased shard's part in a request: its batch, and where the feeds
// stand that it is made of.
type turn struct {
	shard    *shard
	batch    outputs.Batch
	feeds    []*feed
	shipping []*feed   // of each segment of the batch
	outcomes []outcome // of feeds
	retimed  []int     // records of each segment that lost their own time, empty if none did
}

// begin empties the turn for a batch of s, which is to go to this cluster.
func (t *turn) begin(s *shard, cluster string) {
	t.shard = s
	t.batch = outputs.Batch{Shard: s.id, Cluster: cluster, Segments: t.batch.Segments[:0], Time: time.Now()}
	t.feeds, t.shipping, t.outcomes, t.retimed = t.feeds[:0], t.shipping[:0], t.outcomes[:0], t.retimed[:0]
}

// share is the least that a stream which is behind gets in a batch: to read costs
// as much as some 10 KiB of lines, however few they are.
func (l *lane) share() int { return min(128<<10, l.p.shape.BatchBytes/4) }

// collect fills the batch from the feeds: each gets an equal share of what is
// left, so that a fast stream can't starve a slow one. Where the shares would be
// too small the last feeds go first the next time.
// It returns false if the lane has lost the turn, see surrender.
func (l *lane) collect(ctx context.Context, t *turn) bool {
	room := l.left
	if t.shard.limit > 0 {
		room = min(room, t.shard.limit)
	}
	for i, f := range t.feeds {
		if f.route.asleep(f.cursor) {
			t.outcomes = append(t.outcomes, outcome{feed: f})
			continue
		}
		if l.p.admit(f) != nil { // since it was queued, another cluster came
			t.outcomes = append(t.outcomes, outcome{feed: f, more: true, park: true})
			continue
		}
		waits, hangs := f.ahead != nil && l.segments > 0, f.ahead == nil && l.p.hangs(f)
		if waits || hangs {
			t.outcomes = append(t.outcomes, outcome{feed: f, more: true, first: waits, park: hangs})
			continue
		}
		limit := min(room, max(l.share(), room/(len(t.feeds)-i)))
		limit = min(max(1, limit), f.poison.Limit()) // what precedes poison has no right to more than others
		var seg inputs.Segment
		var more bool
		if room >= l.share() || l.segments == 0 {
			var mine bool
			if seg, more, mine = l.read(t, i, limit); !mine {
				return false
			}
		} else {
			more = true
		}
		empty := seg.Start == seg.End
		if !empty && l.p.movesAt(f, &seg) {
			t.outcomes = append(t.outcomes, outcome{feed: f, more: true, move: true})
			continue
		}
		if !empty && f.route.lead == nil && (seg.TooLong || f.poison.IsNext(&seg)) {
			t.outcomes = append(t.outcomes, outcome{feed: f, more: true, park: !l.bury(ctx, t, f, &seg)})
			continue
		}
		t.outcomes = append(t.outcomes, outcome{feed: f, more: more, first: empty && more})
		if empty {
			continue
		}
		room -= len(seg.Data)
		l.left = max(0, l.left-len(seg.Data))
		l.segments++
		f.tried = true
		t.batch.Segments = append(t.batch.Segments, seg)
		t.shipping = append(t.shipping, f)
	}
	return true
}

// held tells why the batch of the shard's receipt may not be sent now: another
// cluster is there than the one that it was first sent to.
func (l *lane) held(s *shard) error {
	for _, f := range s.suspended {
		if err := l.p.admit(f); err != nil {
			return err
		}
	}
	return nil
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
func (l *lane) repeat(t *turn) repeated {
	s := t.shard
	r := s.receipt
	t.feeds = append(t.feeds, s.suspended...)
	t.shipping = append(t.shipping, s.suspended...)
	for i := range r.Segments {
		want := &r.Segments[i]
		f := s.suspended[i]
		seg, err := f.cursor.Repeat(l.buf, want.Gen, want.Start, want.End)
		seg.Time, seg.Late = want.Time, want.Late
		if err == nil && !want.Matches(&seg) {
			err = fmt.Errorf("bytes %d to %d of %s: %w", want.Start, want.End, want.Gen.Path, errOthers)
		}
		if err != nil && !logfile.Unrepeatable(err) && !errors.Is(err, errOthers) && l.postpone(s) {
			f.route.Failed(err)
			return postponed
		}
		if err != nil {
			f.route.unprovable.Add(want.End - want.Start)
			l.p.log.Warn("a batch of unknown fate can't be repeated; its records may be delivered twice",
				keyTopic, s.id.Topic, keyPartition, s.id.Partition, keyRecords, r.Records(), keyError, err)
			l.abandon(s)
			return abandoned
		}
		t.batch.Segments = append(t.batch.Segments, seg)
		t.outcomes = append(t.outcomes, outcome{feed: f, more: true})
	}
	t.batch.Time, t.batch.Repeat = r.Time, true
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
	l.p.release(s, nil, now.Add(backoff.After(repeatFailures, outputs.Transient)))
	return true
}

// abandon gives the shard's receipt up.
func (l *lane) abandon(s *shard) {
	l.p.mu.Lock()
	l.p.giveUp(s)
	l.p.mu.Unlock()
	l.buf.Reset() // a shard with a receipt is alone in its request
}
