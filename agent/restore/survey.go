package restore

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"shipper/outputs/s3"
	"shipper/outputs/s3/object"
	"shipper/outputs/s3/rivals"
)

// Problem is an object that can't be shipped.
type Problem struct {
	URL  string `json:"url"`
	Text string `json:"text"`
}

// seen is an object that the options ask for.
type seen struct {
	entry s3.Entry // its key is the URL
	meta  *object.Meta
}

// describers is how many objects are looked at together.
const describers = 16

// survey finds the objects that the options ask for, in the order in which each
// generation is to be read, and the entries of all there are.
func (p *Plan) survey(ctx context.Context) (all []seen, entries []s3.Entry, err error) {
	for _, url := range p.Options.Args {
		name, prefix, err := place(url)
		if err != nil {
			return nil, nil, err
		}
		b, err := p.bucket(name)
		if err != nil {
			return nil, nil, err
		}
		before := len(all)
		found := false
		err = b.List(ctx, prefix, func(e s3.Entry) error {
			below := prefix == "" || e.Key == prefix || strings.HasPrefix(e.Key, prefix+"/")
			if !below || s3.IsScratch(e.Key) {
				return nil
			}
			found = true
			e.Key = Scheme + name + "/" + e.Key
			if entries = append(entries, e); e.Foreign {
				p.Problem(e.Key, object.ErrForeign)
			} else if e.Returned && !p.Options.Returned {
				p.Returned++
			} else {
				all = append(all, seen{entry: e})
			}
			return nil
		})
		if err != nil {
			return nil, nil, err
		}
		if !found {
			return nil, nil, fmt.Errorf("there is no object below %s", url)
		}
		if err := p.describe(ctx, b, name, all[before:]); err != nil {
			return nil, nil, err
		}
	}
	all = slices.DeleteFunc(all, func(s seen) bool { return s.meta == nil || !p.Options.wants(s.meta) })
	slices.SortFunc(all, func(a, b seen) int {
		return cmp.Or(a.entry.Name.Compare(b.entry.Name), cmp.Compare(a.entry.Key, b.entry.Key))
	})
	all = slices.CompactFunc(all, func(a, b seen) bool { return a.entry.Key == b.entry.Key })
	return all, entries, nil
}

// describe reads the metadata of objects; those that can't be used get none.
func (p *Plan) describe(ctx context.Context, b bucket, name string, list []seen) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var wg sync.WaitGroup
	var mu sync.Mutex
	next, done := 0, 0
	for range min(describers, len(list)) {
		wg.Go(func() {
			for {
				mu.Lock()
				i := next
				next++
				mu.Unlock()
				if i >= len(list) || ctx.Err() != nil {
					return
				}
				s := &list[i]
				m, err := b.Describe(ctx, strings.TrimPrefix(s.entry.Key, Scheme+name+"/"))
				mu.Lock()
				switch {
				case err == nil:
					s.meta = m
				case s3.Unusable(err):
					p.Problem(s.entry.Key, err)
				default:
					cancel(err)
				}
				done++
				if p.Options.Tell != nil {
					p.Options.Tell("look at objects of "+name, int64(done), int64(len(list)))
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return context.Cause(ctx)
}

// wants tells whether the options ask for an object.
func (o *Options) wants(m *object.Meta) bool {
	g := &m.Generation
	at := timeOf(m)
	return (o.Host == "" || g.Host == o.Host) && (o.Input == "" || g.Stream.Input == o.Input) &&
		(o.Generation == "" || fmt.Sprintf("%016x", g.ID) == o.Generation) &&
		m.End > o.From && (o.To == 0 || m.Start < o.To) &&
		!at.Before(o.Since) && (o.Before.IsZero() || at.Before(o.Before))
}

// undisputed fails if objects are in conflict: whose bytes are meant is not for us to
// say.
func (p *Plan) undisputed(ctx context.Context, all []seen, entries []s3.Entry) error {
	wanted := make([]s3.Entry, len(all))
	generations := map[uint64]bool{}
	for i := range all {
		wanted[i] = all[i].entry
		generations[wanted[i].Name.Generation] = true
	}
	c, err := p.conflict(ctx, wanted)
	switch {
	case err != nil:
		return err
	case c != nil && c.Hosts[0] == c.Hosts[1]:
		return fmt.Errorf("%w. Nothing was shipped: both hosts call themselves so; name the objects that are meant, one after the other", c)
	case c != nil:
		return fmt.Errorf("%w. Nothing was shipped: name one of the hosts with --from-host, then the other", c)
	case !p.Options.SkipDelivered:
		return nil
	}
	entries = slices.DeleteFunc(entries, func(e s3.Entry) bool { return e.Foreign || !generations[e.Name.Generation] })
	slices.SortFunc(entries, func(a, b s3.Entry) int { return a.Name.Compare(b.Name) })
	if c, err = p.conflict(ctx, entries); c != nil {
		return fmt.Errorf("%w. Nothing was shipped: their lines have the same ids, by which --skip-delivered goes; leave it out", c)
	}
	return err
}

// conflict returns the first conflict among objects, nil if there is none.
func (p *Plan) conflict(ctx context.Context, entries []s3.Entry) (*rivals.Conflict, error) {
	finder := rivals.Finder{Get: p.Get}
	for _, e := range entries {
		if c, err := finder.Add(ctx, e); c != nil || err != nil {
			return c, err
		}
	}
	return nil, nil //nolint:nilnil // there is none
}
