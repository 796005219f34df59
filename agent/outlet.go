package agent

import (
	"time"

	"shipper/agent/audit"
	"shipper/agent/config"
	"shipper/outputs"
	"shipper/outputs/quarantine"
)

// outlet is an output and all that comes and goes with it.
type outlet struct {
	cfg        *config.Output
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

func newOutlet(output outputs.Output) outlet {
	o := outlet{output: output, shape: output.Shape()}
	o.linger = o.shape.Linger - gather(o.shape.Linger)
	o.sharer, _ = output.(outputs.Sharer)
	o.gate, _ = output.(outputs.Gate)
	o.pacer, _ = output.(outputs.Pacer)
	o.identified, _ = output.(identified)
	return o
}

// currently is the pipeline's output and what belongs to it, for those who are
// neither lanes nor a reload.
func (p *pipeline) currently() outlet {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.outlet
}
