package pipeline

import (
	"cmp"
	"slices"

	"shipper/agent/status"
)

// Status is the output's own word, or, if it says nothing is wrong, the reason why
// streams wait for it. Failover is left to whoever has set it.
func (p *Pipeline) Status() status.Output {
	at := p.currently()
	o := at.output.Status()
	s := status.Output{Name: p.name, Healthy: o.Healthy, Since: o.Since, LastError: o.LastError}
	if at.identified != nil {
		s.Cluster, _ = at.identified.Identity()
	}
	for _, peer := range o.Peers {
		s.Peers = append(s.Peers, status.Peer(peer))
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	s.Lanes = p.lanes
	if s.LastError == "" {
		s.LastError = p.placeErr
	}
	return s
}

// shardsOf describes the shards that streams of the route go to.
func (p *Pipeline) shardsOf(r *Route) []status.Shard {
	p.mu.Lock()
	defer p.mu.Unlock()
	used := map[*shard]bool{}
	for _, f := range p.feeds {
		if f.route == r && f.shard != nil {
			used[f.shard] = true
		}
	}
	var all []status.Shard
	for _, s := range p.shards {
		if used[s] {
			all = append(all, s.status())
		}
	}
	slices.SortFunc(all, func(a, b status.Shard) int {
		return cmp.Or(cmp.Compare(a.Topic, b.Topic), cmp.Compare(a.Partition, b.Partition))
	})
	return all
}

// status describes the shard; the caller holds pipeline.mu.
func (s *shard) status() status.Shard {
	out := status.Shard{
		Topic: s.id.Topic, Partition: s.id.Partition, State: status.ShardIdle,
		Attempts: s.state.failures, LastError: s.state.lastErr,
	}
	switch {
	case s.leased:
		out.State = status.ShardSending
	case s.state.unresolved:
		out.State, out.RetryAt = status.ShardUnresolved, s.at
	case s.state.failures > 0:
		out.State, out.RetryAt = status.ShardWaiting, s.at
	case s.index >= 0:
		out.State = status.ShardReady
	}
	return out
}
