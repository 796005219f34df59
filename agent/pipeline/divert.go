package pipeline

import (
	"shipper/agent/failover"
	"shipper/inputs/logfile"
	"shipper/outputs"
)

// This file is what a pipeline does for a failover: it tells what it sees of its
// shards, and how their streams stand. What its lanes do is in package lanes.

// Guard has the pipeline heed a failover, nil for none. It reads its states, and moves
// none.
func (p *Pipeline) Guard(k *failover.Keeper) {
	p.keeper.Store(k)
	p.lanes.Guard(k)
}

// Place is where the output puts lines aside, false if that is not what it does.
func (p *Pipeline) Place() (failover.Store, bool) {
	place, ok := p.parts.Load().Output.(failover.Store)
	return place, ok
}

// Diverting tells whether the lines of a stream are to be put aside.
func (p *Pipeline) Diverting(c *logfile.Cursor) bool {
	k := p.keeper.Load()
	return k != nil && k.State(p.queue.ShardOf(c)) == failover.Diverting
}

// Signs are what is seen of the pipeline's shards; leave is whether the host goes away.
func (p *Pipeline) Signs(leave bool) map[outputs.Shard]failover.Signs { return p.queue.Signs(leave) }

// Divert wakes what follows the streams of a shard, in the pipeline that puts them
// aside.
func (p *Pipeline) Divert(id outputs.Shard, to *Pipeline) {
	for _, f := range p.queue.At(id) {
		if r := f.Route().Follower(); r != nil {
			to.Wake(r, []*logfile.Cursor{f.Cursor().Of(r.Number())})
		}
	}
}
