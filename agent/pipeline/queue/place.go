package queue

import (
	"errors"
	"time"

	"shipper/agent/routes"
	"shipper/agent/stored"
	"shipper/checkpoint"
	"shipper/inputs"
	"shipper/outputs"
)

// placeEvery is how often streams whose shard the output does not know yet (the
// topic is missing, no broker has answered) ask again.
const placeEvery = 250 * time.Millisecond

// placePatience is for how long that is usual: a cluster has to be asked first.
const placePatience = 3 * time.Second

// enqueue puts a feed into its shard's queue, or among the parked ones, and tells
// which. The caller holds mu.
func (q *Queue) enqueue(f *Feed) (queued bool) {
	f.queued = true
	err := q.Admit(f)
	if err == nil && f.shard == nil {
		err = q.place(f)
	}
	if err != nil {
		if held := (*routes.OtherCluster)(nil); !errors.As(err, &held) {
			q.placeErr = err.Error()
		}
		f.route.Failed(err)
		q.park(f)
		return false
	}
	f.shard.queue = append(f.shard.queue, f)
	return true
}

// park sets a feed aside until placeAll. The caller holds mu.
func (q *Queue) park(f *Feed) {
	f.queued = true
	if len(q.parked) == 0 {
		now := time.Now()
		q.placeAt = now.Add(placeEvery)
		if q.waiting.IsZero() {
			q.waiting = now
		}
		q.WakeLane()
	}
	q.parked = append(q.parked, f)
}

// place finds the shard of a feed: the remembered one, else the output's choice.
// It fails if the output can't tell yet. The caller holds mu.
func (q *Queue) place(f *Feed) error {
	stream := f.cursor.Stream()
	choice := q.choiceOf(stream)
	known, ok := q.choices[choice]
	id := outputs.Shard(known)
	if !ok {
		var err error
		if id, err = q.output.Shard(stream); err != nil {
			return err
		}
	}
	f.shard, f.choiceSaved = q.shardOf(id), false // what is remembered may not be saved yet
	return nil
}

// shardOf finds or makes a shard. The caller holds mu.
func (q *Queue) shardOf(id outputs.Shard) *Shard {
	s := q.shards[id]
	if s == nil {
		s = &Shard{id: id, index: -1}
		q.shards[id] = s
	}
	return s
}

func (q *Queue) choiceOf(s *inputs.Stream) checkpoint.Choice {
	return checkpoint.Choice{Output: q.name, Stream: stored.StreamKey(s.Input, s.Name), Topic: s.Topic}
}

// placeAll tries again to find the shards of the parked feeds. The caller
// holds mu.
func (q *Queue) placeAll(now time.Time) {
	waiting := q.parked
	q.parked = nil
	q.placeAt = now.Add(placeEvery)
	for _, f := range waiting {
		if q.enqueue(f) {
			q.schedule(f.shard, now)
		}
	}
	switch {
	case q.placeErr == "" || q.placeTold:
	case len(q.parked) > 0 && now.Sub(q.waiting) > placePatience:
		q.placeTold = true
		q.log.Warn("streams wait for their topic", "streams", len(q.parked), keyError, q.placeErr)
	}
	if len(q.parked) == 0 {
		q.placeErr, q.placeTold, q.waiting = "", false, time.Time{}
	}
}

// Dissolve ends a leased shard that does not exist any more (its topic was made
// again with fewer partitions, or another cluster has the name now) and has its
// streams given to others. Nothing of them is under way: the caller was refused.
func (q *Queue) Dissolve(s *Shard) {
	q.mu.Lock()
	var choices []checkpoint.Choice
	for _, f := range q.feeds {
		if f.shard != s {
			continue
		}
		choice := q.choiceOf(f.cursor.Stream())
		delete(q.choices, choice)
		choices = append(choices, choice)
		if f.shard = nil; f.hung {
			continue
		}
		waiting := (f.queued || f.inFlight) && !f.route.Ended()
		f.queued, f.inFlight, f.woken = false, false, false
		if waiting {
			q.park(f)
		}
	}
	q.stalled--
	delete(q.shards, s.id)
	q.freed.Broadcast()
	q.mu.Unlock()
	q.log.Warn("a partition is gone; its streams go to others",
		keyTopic, s.id.Topic, keyPartition, s.id.Partition, "streams", len(choices))
	q.store.Commit(&checkpoint.Changes{ForgetChoices: choices})
}
