package pipeline

import (
	"slices"
	"time"

	"shipper/checkpoint"
	"shipper/outputs"
)

// This file changes a pipeline under a reload: streams leave it, or it gets
// another output.

// detach takes the streams of a route out of the pipeline. It returns when no lane
// has any of them in hand any more, which is after one attempt at most; whatever
// that brings is committed as ever. A receipt that holds bytes of the route is
// given up: nobody will read them for it again. What waits for max_rate is not waited
// for. The input must not run any more.
func (p *Pipeline) detach(r *Route) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.pacer != nil {
		defer p.pacer.Rush()()
	}
	r.ended = true
	for {
		waiting := false
		for _, f := range p.feeds {
			if f.route == r && !p.dismiss(f) {
				waiting = true
			}
		}
		if !waiting {
			return
		}
		p.freed.Wait()
	}
}

// dismiss forgets a feed unless a lane has it in hand. The caller holds mu.
func (p *Pipeline) dismiss(f *feed) bool {
	s := f.shard
	if f.inFlight {
		if f.hung || s.leased {
			return false
		}
		p.giveUpReceipt(s)
	}
	if f.queued {
		isIt := func(other *feed) bool { return other == f }
		p.parked = slices.DeleteFunc(p.parked, isIt)
		if s != nil {
			s.queue = slices.DeleteFunc(s.queue, isIt)
		}
	}
	p.remember(f)
	delete(p.feeds, f.cursor)
	return true
}

// remember keeps the shard of a feed for whoever brings its stream next: the stream
// may go to another one at a quiet point only (move.go). The caller holds mu.
func (p *Pipeline) remember(f *feed) {
	if f.shard != nil {
		p.choices[p.choiceOf(f.cursor.Stream())] = checkpoint.Shard(f.shard.id)
	}
}

// giveUpReceipt has the batch of a shard that nobody leases cut anew. The output
// learns of it with the next batch, which is no repeat. The caller holds mu.
func (p *Pipeline) giveUpReceipt(s *shard) {
	if s.receipt == nil {
		return
	}
	p.log.Warn("a batch of unknown fate is given up by a reload; its records may be delivered twice",
		keyTopic, s.id.Topic, keyPartition, s.id.Partition, keyRecords, s.receipt.Records())
	p.giveUp(s)
	p.schedule(s, time.Now())
}

// Replace gives the pipeline the output of another one, which was never started,
// in place of its own, which is closed by now. Whatever was unresolved is given up;
// what was not told yet of complete files is told by the new one; and the streams
// find their shards anew: the ones they had, if the new output has them. The pipeline
// must be halted.
func (p *Pipeline) Replace(by *Pipeline) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, s := range p.shards {
		p.giveUpReceipt(s)
	}
	if p.audit != nil && by.audit != nil {
		by.audit.Inherit(p.audit)
	}
	p.outlet = by.outlet
	p.lanes, p.buffer, p.idle = by.lanes, by.buffer, nil
	p.shards = map[outputs.Shard]*shard{}
	p.ready, p.parked, p.stalled = nil, nil, 0
	p.placeErr, p.placeTold = "", false
	for _, f := range p.feeds {
		p.remember(f)
		waits := f.queued
		f.shard, f.queued, f.inFlight, f.woken, f.poison = nil, false, false, false, nil
		if waits && p.enqueue(f) {
			p.schedule(f.shard, time.Now())
		}
	}
}
