package queue

import (
	"slices"
	"time"

	"shipper/outputs"
)

// GiveUp gives the receipt of a leased shard up: its records are cut anew, and may be
// delivered twice.
func (q *Queue) GiveUp(s *Shard) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.giveUp(s)
}

// giveUp gives the receipt of a shard up that the caller has leased, or nobody has:
// its feeds go to the queue's head, to be cut anew from their watermarks, and their
// records may be delivered twice. The caller holds mu.
func (q *Queue) giveUp(s *Shard) {
	for i, f := range s.suspended {
		f.route.MayRepeat(int(s.receipt.Segments[i].Records))
		f.queued, f.inFlight, f.woken = true, false, false
	}
	s.queue = slices.Concat(s.suspended, s.queue)
	s.Resolve()
	s.unreadable = time.Time{}
}

// Succeeded notes that the output acknowledged a batch of the shard.
func (q *Queue) Succeeded(s *Shard) {
	q.mu.Lock()
	defer q.mu.Unlock()
	s.state.acked = true
	if s.state.failures == 0 {
		return
	}
	s.state.failures, s.state.unresolved, s.state.lastErr = 0, false, ""
	q.stalled--
	if q.stalled == 0 {
		q.log.Info("the output takes everything again", keyAfter, time.Since(q.since).Round(time.Millisecond).String())
		q.since = time.Now()
	}
}

// Failed notes an attempt that was not acknowledged and returns how many there
// have been since the last that was. The first of a row is logged, and every
// shard's own story is in the status.
func (q *Queue) Failed(s *Shard, fate *outputs.Fate) int {
	q.mu.Lock()
	defer q.mu.Unlock()
	s.state.failures++
	s.state.acked = false
	s.state.unresolved = fate.State == outputs.Unresolved
	if fate.Err != nil {
		s.state.lastErr = fate.Err.Error()
	}
	if s.state.failures == 1 {
		q.stalled++
		if q.stalled == 1 {
			q.since = time.Now()
			q.log.Warn("the output did not acknowledge; its streams wait and are tried again until it does",
				keyTopic, s.id.Topic, keyPartition, s.id.Partition, keyClass, fate.Class.String(), keyFate, fate.State.String(), keyError, s.state.lastErr)
		}
	}
	return s.state.failures
}
