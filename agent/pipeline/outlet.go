package pipeline

import (
	"context"
	"errors"
	"time"

	"shipper/agent/audit"
	"shipper/outputs"
	"shipper/outputs/quarantine"
)

// Parts are what a pipeline is made of, and closes.
type Parts struct {
	Output     outputs.Output
	Quarantine quarantine.Store
	Audit      *audit.Auditor // nil without audit topics
}

// Close closes what is there.
func (p *Parts) Close(ctx context.Context) error {
	err := p.Output.Close(ctx)
	if p.Quarantine != nil {
		err = errors.Join(err, p.Quarantine.Close(ctx))
	}
	if p.Audit != nil {
		err = errors.Join(err, p.Audit.Close(ctx))
	}
	return err
}

// outlet is an output and all that comes and goes with it.
type outlet struct {
	output     outputs.Output
	identified identified     // the output, nil if it can't tell what is behind it
	sharer     outputs.Sharer // the output, nil if each shard is written for itself
	gate       outputs.Gate   // the output, nil if it must be tried
	pacer      outputs.Pacer  // the output, nil if nothing waits within it
	shape      outputs.Shape
	linger     time.Duration // of the output's, what gather leaves
	quar       quarantine.Store
	audit      *audit.Auditor // nil without audit topics
}

func newOutlet(parts Parts) outlet {
	o := outlet{output: parts.Output, shape: parts.Output.Shape(), quar: parts.Quarantine, audit: parts.Audit}
	o.linger = o.shape.Linger - gather(o.shape.Linger)
	o.sharer, _ = parts.Output.(outputs.Sharer)
	o.gate, _ = parts.Output.(outputs.Gate)
	o.pacer, _ = parts.Output.(outputs.Pacer)
	o.identified, _ = parts.Output.(identified)
	return o
}

// currently is the pipeline's output and what belongs to it, for those who are
// neither lanes nor a reload.
func (p *Pipeline) currently() outlet {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.outlet
}

// Close frees what the pipeline holds. It must be halted.
func (p *Pipeline) Close(ctx context.Context) error {
	parts := Parts{Output: p.output, Quarantine: p.quar, Audit: p.audit}
	return parts.Close(ctx)
}
