package restore

import (
	"context"

	"shipper/agent/restore/cut"
	"shipper/outputs/s3"
)

// Count is what would be shipped of one generation.
type Count struct {
	Log     *Log
	First   *Object // of the generation
	End     int64
	Objects int
	Bytes   int64
	Records int64
}

// Count says for each generation what would be shipped. Objects are read where their
// metadata is not enough to know.
func (p *Plan) Count(ctx context.Context) ([]Count, error) {
	has, err := p.Delivered(ctx)
	if err != nil {
		return nil, err
	}
	if err := p.Open(); err != nil {
		return nil, err
	}
	var counts []Count
	for i := range p.Logs {
		err := p.Logs[i].Generations(func(objects []Object) error {
			c := Count{Log: &p.Logs[i], First: &objects[0], Objects: len(objects), Bytes: p.Options.Bytes(objects)}
			for j := range objects {
				c.End = max(c.End, objects[j].End)
			}
			var err error
			c.Records, err = p.count(ctx, objects, has)
			counts = append(counts, c)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return counts, nil
}

func (p *Plan) count(ctx context.Context, objects []Object, has func(uint64, int64) bool) (int64, error) {
	o, n, at := p.Options, int64(0), int64(0)
	for i := range objects {
		x := &objects[i]
		if has == nil && o.From == 0 && o.To == 0 && x.Start >= at {
			n += int64(x.Records)
			at = x.End
			continue
		}
		if x.End <= at {
			continue
		}
		_, seg, err := p.Get(ctx, x.URL)
		if s3.Unusable(err) {
			p.Problem(x.URL, err)
			continue
		}
		if err != nil {
			return 0, err
		}
		c := cut.Choice{From: o.From, To: o.To, Has: has, Past: at}
		for j, records := 0, cut.Records(seg); j < len(records); j++ {
			if c.Takes(seg, &records[j]) {
				n++
			}
		}
		at = max(at, x.End)
	}
	return n, nil
}
