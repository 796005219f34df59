package pipeline

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
func (p *Pipeline) enqueue(f *feed) (queued bool) {
	f.queued = true
	err := p.admit(f)
	if err == nil && f.shard == nil {
		err = p.place(f)
	}
	if err != nil {
		if held := (*routes.OtherCluster)(nil); !errors.As(err, &held) {
			p.placeErr = err.Error()
		}
		f.route.Failed(err)
		p.park(f)
		return false
	}
	f.shard.queue = append(f.shard.queue, f)
	return true
}

// park sets a feed aside until placeAll. The caller holds mu.
func (p *Pipeline) park(f *feed) {
	f.queued = true
	if len(p.parked) == 0 {
		now := time.Now()
		p.placeAt = now.Add(placeEvery)
		if p.waiting.IsZero() {
			p.waiting = now
		}
		p.wakeLane()
	}
	p.parked = append(p.parked, f)
}

// place finds the shard of a feed: the remembered one, else the output's choice.
// It fails if the output can't tell yet. The caller holds mu.
func (p *Pipeline) place(f *feed) error {
	stream := f.cursor.Stream()
	choice := p.choiceOf(stream)
	known, ok := p.choices[choice]
	id := outputs.Shard(known)
	if !ok {
		var err error
		if id, err = p.output.Shard(stream); err != nil {
			return err
		}
	}
	f.shard, f.choiceSaved = p.shardOf(id), false // what is remembered may not be saved yet
	return nil
}

// shardOf finds or makes a shard. The caller holds mu.
func (p *Pipeline) shardOf(id outputs.Shard) *shard {
	s := p.shards[id]
	if s == nil {
		s = &shard{id: id, index: -1}
		p.shards[id] = s
	}
	return s
}

func (p *Pipeline) choiceOf(s *inputs.Stream) checkpoint.Choice {
	return checkpoint.Choice{Output: p.name, Stream: stored.StreamKey(s.Input, s.Name), Topic: s.Topic}
}

// placeAll tries again to find the shards of the parked feeds. The caller
// holds mu.
func (p *Pipeline) placeAll(now time.Time) {
	waiting := p.parked
	p.parked = nil
	p.placeAt = now.Add(placeEvery)
	for _, f := range waiting {
		if p.enqueue(f) {
			p.schedule(f.shard, now)
		}
	}
	switch {
	case p.placeErr == "" || p.placeTold:
	case len(p.parked) > 0 && now.Sub(p.waiting) > placePatience:
		p.placeTold = true
		p.log.Warn("streams wait for their topic", "streams", len(p.parked), keyError, p.placeErr)
	}
	if len(p.parked) == 0 {
		p.placeErr, p.placeTold, p.waiting = "", false, time.Time{}
	}
}

// dissolve ends a leased shard that does not exist any more (its topic was made
// again with fewer partitions, or another cluster has the name now) and has its
// streams given to others. Nothing of them is under way: the caller was refused.
func (p *Pipeline) dissolve(s *shard) {
	p.mu.Lock()
	var choices []checkpoint.Choice
	for _, f := range p.feeds {
		if f.shard != s {
			continue
		}
		choice := p.choiceOf(f.cursor.Stream())
		delete(p.choices, choice)
		choices = append(choices, choice)
		if f.shard = nil; f.hung {
			continue
		}
		waiting := (f.queued || f.inFlight) && !f.route.ended
		f.queued, f.inFlight, f.woken = false, false, false
		if waiting {
			p.park(f)
		}
	}
	p.stalled--
	delete(p.shards, s.id)
	p.freed.Broadcast()
	p.mu.Unlock()
	p.log.Warn("a partition is gone; its streams go to others",
		keyTopic, s.id.Topic, keyPartition, s.id.Partition, "streams", len(choices))
	p.store.Commit(&checkpoint.Changes{ForgetChoices: choices})
}
