package prove

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"shipper/agent/config"
	"shipper/agent/parts"
	"shipper/outputs"
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
	if q := o.Kafka.Quarantine; q != nil && q.Topic != "" {
		err := p.readBack(ctx, o, q.Topic, func(k *outputs.Kept) error {
			if k.HasID {
				all[k.Generation] = append(all[k.Generation], k.Offset)
			}
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("read quarantined records: %w", err)
		}
	}
	return all, nil
}
