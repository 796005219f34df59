package prove

import (
	"context"
	"fmt"
	"log/slog"

	"shipper/agent/config"
	"shipper/agent/host"
	"shipper/agent/parts"
	"shipper/agent/verify"
	"shipper/inputs"
	"shipper/outputs/s3"
	"shipper/outputs/s3/object"
	"shipper/outputs/s3/rivals"
)

// lister is a failover output that tells what it keeps; s3.Output is one.
type lister interface {
	Own() string
	Get(ctx context.Context, key string) (*object.Meta, *inputs.Segment, error)
	List(ctx context.Context, prefix string, visit func(s3.Entry) error) error
}

// asides is what an agent has put aside and not returned.
type asides struct {
	ranges    map[uint64]verify.Ranges // by generation
	conflicts []string                 // one of each generation that has some
}

// aside lists what this agent has put aside of an output's lines; nothing without a
// failover.
func (p *Proof) aside(ctx context.Context, o *config.Output) (asides, error) {
	f := o.Kafka.Failover
	if f == nil {
		return asides{}, nil
	}
	to := parts.Named(p.Config, f.Output.Name())
	if to == nil {
		return asides{}, fmt.Errorf("the configuration has no output %q", f.Output.Name())
	}
	id, _ := host.ID(p.Config.Agent.ID)
	out, err := parts.Output(to, id, 1, slog.New(slog.DiscardHandler))
	if err != nil {
		return asides{}, fmt.Errorf("output %s: %w", f.Output.Name(), err)
	}
	defer func() { _ = out.Close(context.WithoutCancel(ctx)) }() // only read from
	l, ok := out.(lister)
	if !ok {
		return asides{}, fmt.Errorf("output %s can't tell what it keeps", f.Output.Name())
	}
	return asideIn(ctx, l)
}

// asideIn goes through a listing, in which the objects of a generation come in the
// order of their places.
func asideIn(ctx context.Context, l lister) (asides, error) {
	all := asides{ranges: map[uint64]verify.Ranges{}}
	finder := rivals.Finder{Get: l.Get}
	told := map[uint64]bool{}
	err := l.List(ctx, l.Own(), func(e s3.Entry) error {
		c, err := finder.Add(ctx, e)
		if c != nil && !told[c.Generation] {
			told[c.Generation] = true
			all.conflicts = append(all.conflicts, c.Error())
		}
		if err != nil || e.Foreign || e.Returned {
			return err
		}
		rs := all.ranges[e.Name.Generation]
		if n := len(rs); n > 0 && rs[n-1].End >= e.Name.Start {
			rs[n-1].End = max(rs[n-1].End, e.Name.End)
		} else {
			rs = append(rs, verify.Range{Start: e.Name.Start, End: e.Name.End})
		}
		all.ranges[e.Name.Generation] = rs
		return nil
	})
	if err != nil {
		return all, fmt.Errorf("list what is aside: %w", err)
	}
	return all, nil
}
