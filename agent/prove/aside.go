package prove

import (
	"context"
	"fmt"
	"log/slog"
	"slices"

	"shipper/agent/config"
	"shipper/agent/host"
	"shipper/agent/parts"
	"shipper/agent/verify"
	"shipper/outputs/s3"
)

// lister is a failover output that tells what it keeps; s3.Output is one.
type lister interface {
	Own() string
	List(ctx context.Context, prefix string, visit func(s3.Entry) error) error
}

// aside lists, by generation, what this agent has put aside of an output's lines and
// not returned; nil without a failover.
func (p *Proof) aside(ctx context.Context, o *config.Output) (map[uint64]verify.Ranges, error) {
	f := o.Kafka.Failover
	if f == nil {
		return nil, nil //nolint:nilnil // nothing is aside
	}
	i := slices.IndexFunc(p.Config.Outputs, func(o *config.Output) bool { return o.Name() == f.Output.Name() })
	if i < 0 {
		return nil, fmt.Errorf("the configuration has no output %q", f.Output.Name())
	}
	id, _ := host.ID(p.Config.Agent.ID)
	out, err := parts.Output(p.Config.Outputs[i], id, 1, slog.New(slog.DiscardHandler))
	if err != nil {
		return nil, fmt.Errorf("output %s: %w", f.Output.Name(), err)
	}
	defer func() { _ = out.Close(context.WithoutCancel(ctx)) }() // only read from
	l, ok := out.(lister)
	if !ok {
		return nil, fmt.Errorf("output %s can't tell what it keeps", f.Output.Name())
	}
	return asideIn(ctx, l)
}

// asideIn goes through a listing, in which the objects of a generation come in the
// order of their places.
func asideIn(ctx context.Context, l lister) (map[uint64]verify.Ranges, error) {
	all := map[uint64]verify.Ranges{}
	err := l.List(ctx, l.Own(), func(e s3.Entry) error {
		if e.Foreign || e.Returned {
			return nil
		}
		rs := all[e.Name.Generation]
		if n := len(rs); n > 0 && rs[n-1].End >= e.Name.Start {
			rs[n-1].End = max(rs[n-1].End, e.Name.End)
		} else {
			rs = append(rs, verify.Range{Start: e.Name.Start, End: e.Name.End})
		}
		all[e.Name.Generation] = rs
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list what is aside: %w", err)
	}
	return all, nil
}
