package rivals

import (
	"bytes"
	"context"
	"fmt"

	"shipper/inputs"
	"shipper/outputs/s3"
	"shipper/outputs/s3/object"
)

// Conflict is two objects that hold other bytes of the same place of one
// generation: two hosts have the same agent id. It is an error to those who would
// have to choose between them.
type Conflict struct {
	Keys       [2]string
	Hosts      [2]string // that stored them
	Generation uint64
	Start, End int64 // the place that they share
}

// Error names both objects.
func (c *Conflict) Error() string {
	return fmt.Sprintf("%s of host %q and %s of host %q hold other bytes of the same place, bytes %d to %d of generation %016x: two hosts have the same agent id (a cloned machine or state)",
		c.Keys[0], c.Hosts[0], c.Keys[1], c.Hosts[1], c.Start, c.End, c.Generation)
}

// Finder looks for conflicts among objects. Most that overlap are what a crash
// leaves, the same bytes cut otherwise, so whatever overlaps is read and compared.
// It holds two objects at most.
type Finder struct {
	// Get reads an object, as Output.Get does.
	Get func(ctx context.Context, key string) (*object.Meta, *inputs.Segment, error)

	far  s3.Entry // of those seen of its generation, the one that reaches furthest
	meta *object.Meta
	seg  *inputs.Segment // of far, nil until it was needed
}

// Add takes in the next object, in the order of generation and start. It returns a
// conflict with one before it, if there is one. Two that were returned both are
// none of anybody's business any more. An object that can't be used is in no
// conflict; other errors of reading are returned.
func (r *Finder) Add(ctx context.Context, e s3.Entry) (*Conflict, error) {
	if e.Foreign {
		return nil, nil //nolint:nilnil // no conflict
	}
	if e.Name.Generation != r.far.Name.Generation || r.far.Key == "" {
		r.far, r.meta, r.seg = e, nil, nil
		return nil, nil //nolint:nilnil // likewise
	}
	var c *Conflict
	var meta *object.Meta
	var seg *inputs.Segment
	if e.Name.Start < r.far.Name.End && e.Name.Hash != r.far.Name.Hash && !(e.Returned && r.far.Returned) {
		var err error
		if meta, seg, err = r.read(ctx, e.Key); err != nil {
			return nil, err
		}
		if r.seg == nil {
			if r.meta, r.seg, err = r.read(ctx, r.far.Key); err != nil {
				return nil, err
			}
		}
		if seg != nil && r.seg != nil {
			c = r.compare(e, meta, seg)
		}
	}
	if e.Name.End > r.far.Name.End {
		r.far, r.meta, r.seg = e, meta, seg
	}
	return c, nil
}

// read returns nothing of an object that is to blame itself.
func (r *Finder) read(ctx context.Context, key string) (*object.Meta, *inputs.Segment, error) {
	m, seg, err := r.Get(ctx, key)
	if s3.Unusable(err) {
		return nil, nil, nil
	}
	return m, seg, err
}

func (r *Finder) compare(e s3.Entry, meta *object.Meta, seg *inputs.Segment) *Conflict {
	start, end := max(seg.Start, r.seg.Start), min(seg.End, r.seg.End)
	if start >= end || bytes.Equal(seg.Data[start-seg.Start:end-seg.Start], r.seg.Data[start-r.seg.Start:end-r.seg.Start]) {
		return nil
	}
	return &Conflict{
		Keys: [2]string{r.far.Key, e.Key}, Hosts: [2]string{r.meta.Generation.Host, meta.Generation.Host},
		Generation: e.Name.Generation, Start: start, End: end,
	}
}
