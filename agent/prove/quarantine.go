package prove

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"

	"shipper/agent/config"
	"shipper/agent/host"
	"shipper/agent/parts"
	"shipper/outputs/quarantine"
)

// quarantined lists, by generation, the offsets of the records that an output has
// in quarantine: in its file, and in its topic if it has one.
func (p *Proof) quarantined(ctx context.Context, o *config.Output) (map[uint64][]int64, error) {
	all := map[uint64][]int64{}
	path, _ := parts.QuarantineFile(p.Config, o)
	for r, err := range quarantine.Records(path) {
		if errors.Is(err, fs.ErrNotExist) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("read quarantined records: %w", err)
		}
		all[r.Generation] = append(all[r.Generation], r.Offset)
	}
	topic := parts.QuarantineTopic(o)
	if topic == "" {
		return all, nil
	}
	agentID, _ := host.ID(p.Config.Agent.ID)
	q, err := parts.OpenQuarantineTopic(p.Config, o, agentID, slog.New(slog.DiscardHandler))
	if err != nil {
		return nil, err
	}
	defer func() { _ = q.Close(context.WithoutCancel(ctx)) }() // only read from
	err = q.Each(ctx, func(r *quarantine.Record) error {
		all[r.Generation] = append(all[r.Generation], r.Offset)
		return nil
	}, func(done, total int64) {
		if p.Tell != nil {
			p.Tell(topic, done, total)
		}
	})
	if err != nil {
		return nil, fmt.Errorf("read quarantined records: %w", err)
	}
	return all, nil
}
