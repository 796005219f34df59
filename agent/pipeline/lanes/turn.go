package lanes

import (
	"context"
	"errors"
	"fmt"
	"time"

	"shipper/agent/backoff"
	"shipper/agent/pipeline/queue"
	"shipper/inputs"
	"shipper/inputs/logfile"
	"shipper/outputs"
)

// turn is a leased shard's part in a request: its batch, and where the feeds
// stand that it is made of.
type turn struct {
	shard    *queue.Shard
	batch    outputs.Batch
	feeds    []*queue.Feed
	shipping []*queue.Feed   // of each segment of the batch
	outcomes []queue.Outcome // of feeds
	retimed  []int           // records of each segment that lost their own time, empty if none did
}

// begin empties the turn for a batch of s, which is to go to this cluster.
func (t *turn) begin(s *queue.Shard, cluster string) {
	t.shard = s
	t.batch = outputs.Batch{Shard: s.ID(), Cluster: cluster, Segments: t.batch.Segments[:0], Time: time.Now()}
	t.feeds, t.shipping, t.outcomes, t.retimed = t.feeds[:0], t.shipping[:0], t.outcomes[:0], t.retimed[:0]
}

// share is the least that a stream which is behind gets in a batch: to read costs
// as much as some 10 KiB of lines, however few they are.
func (l *lane) share() int { return min(128<<10, l.p.shape.BatchBytes/4) }

// collect fills the batch from the feeds: each gets an equal share of what is
// left, so that a fast stream can't starve a slow one. Where the shares would be
// too small the last feeds go first the next time.
// It returns false if the lane has lost the turn, see surrender.
func (l *lane) collect(soft, hard context.Context, t *turn) bool {
	room := l.left
	if most := t.shard.Cut().Limit(); most > 0 {
		room = min(room, most)
	}
	for i, f := range t.feeds {
		if f.Route().Asleep(f.Cursor()) {
			t.outcomes = append(t.outcomes, queue.Outcome{Feed: f})
			continue
		}
		if l.p.queue.Admit(f) != nil { // since it was queued, another cluster came
			t.outcomes = append(t.outcomes, queue.Outcome{Feed: f, More: true, Park: true})
			continue
		}
		waits, hangs := f.HasAhead() && l.segments > 0, !f.HasAhead() && l.p.hangs(f)
		if waits || hangs {
			t.outcomes = append(t.outcomes, queue.Outcome{Feed: f, More: true, First: waits, Park: hangs})
			continue
		}
		limit := min(room, max(l.share(), room/(len(t.feeds)-i)))
		limit = min(max(1, limit), f.Poison().Limit()) // what precedes poison has no right to more than others
		var seg inputs.Segment
		var more bool
		if room >= l.share() || l.segments == 0 {
			var mine bool
			if seg, more, mine = l.read(soft, t, i, limit); !mine {
				return false
			}
		} else {
			more = true
		}
		empty := seg.Start == seg.End
		if !empty && l.p.queue.MovesAt(f, &seg) {
			t.outcomes = append(t.outcomes, queue.Outcome{Feed: f, More: true, Move: true})
			continue
		}
		if !empty && f.Route().Lead() == nil && (seg.TooLong || f.Poison().IsNext(&seg)) {
			t.outcomes = append(t.outcomes, queue.Outcome{Feed: f, More: true, Park: !l.bury(hard, t, f, &seg)})
			continue
		}
		t.outcomes = append(t.outcomes, queue.Outcome{Feed: f, More: more, First: empty && more})
		if empty {
			continue
		}
		room -= len(seg.Data)
		l.left = max(0, l.left-len(seg.Data))
		l.segments++
		f.Try()
		t.batch.Segments = append(t.batch.Segments, seg)
		t.shipping = append(t.shipping, f)
	}
	return true
}

// held tells why the batch of the shard's receipt may not be sent now: another
// cluster is there than the one that it was first sent to.
func (l *lane) held(s *queue.Shard) error {
	_, feeds := s.Receipt()
	for _, f := range feeds {
		if err := l.p.queue.Admit(f); err != nil {
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
func (l *lane) repeat(ctx context.Context, t *turn) repeated {
	s := t.shard
	r, feeds := s.Receipt()
	t.feeds = append(t.feeds, feeds...)
	t.shipping = append(t.shipping, feeds...)
	for i := range r.Segments {
		want := &r.Segments[i]
		f := feeds[i]
		seg, err := l.readAgain(ctx, t, i, want)
		seg.Time, seg.Late = want.Time, want.Late
		if err == nil && !want.Matches(&seg) {
			err = fmt.Errorf("bytes %d to %d of %s: %w", want.Start, want.End, want.Gen.Path, errOthers)
		}
		if err != nil && !logfile.Unrepeatable(err) && !errors.Is(err, errOthers) && l.postpone(s) {
			f.Route().Failed(err)
			return postponed
		}
		if err != nil {
			f.Route().CantProve(want.End - want.Start)
			l.p.log.Warn("a batch of unknown fate can't be repeated; its records may be delivered twice",
				keyTopic, s.ID().Topic, keyPartition, s.ID().Partition, keyRecords, r.Records(), keyError, err)
			l.abandon(s)
			return abandoned
		}
		t.batch.Segments = append(t.batch.Segments, seg)
		t.outcomes = append(t.outcomes, queue.Outcome{Feed: f, More: true})
	}
	t.batch.Time, t.batch.Repeat = r.Time, true
	s.Readable()
	return ready
}

// postpone gives the shard back with its receipt, whose bytes can't be read now.
// It does nothing and returns false if that has gone on for long enough.
func (l *lane) postpone(s *queue.Shard) bool {
	now := time.Now()
	if s.Unreadable(now) > repeatPatience {
		return false
	}
	l.p.queue.Release(s, nil, now.Add(backoff.After(repeatFailures, outputs.Transient)))
	return true
}

// abandon gives the shard's receipt up.
func (l *lane) abandon(s *queue.Shard) {
	l.p.queue.GiveUp(s)
	l.buf.Reset() // a shard with a receipt is alone in its request
}
