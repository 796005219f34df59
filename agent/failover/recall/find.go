package recall

import (
	"context"
	"fmt"
	"log/slog"

	"shipper/agent/failover"
	"shipper/outputs/s3"
	"shipper/outputs/s3/object"
	"shipper/outputs/s3/rivals"
)

// finder goes through the objects that an agent has stored, one generation at a time.
type finder struct {
	store failover.Store
	host  string
	log   *slog.Logger
	// take is told of each object, in order, with its metadata for the first of each
	// generation, else nil.
	take func(key string, n object.Name, m *object.Meta) error

	left  int    // objects that can't be taken
	first string // of them, and why

	entries []s3.Entry // of the generation at hand
	rivals  rivals.Finder
}

// leftLogged is how many objects that can't be taken are named, of any number.
const leftLogged = 10

// leave counts an object that can't be taken.
func (f *finder) leave(key string, err error) {
	if f.left++; f.left == 1 {
		f.first = fmt.Sprintf("%s: %v", key, err)
	}
	if f.left <= leftLogged {
		f.log.Error("an object can't be taken back; it is left where it is", "object", key, "error", err)
	}
}

// find lists what was stored and not marked. Objects that can't be taken are logged.
func (f *finder) find(ctx context.Context) error {
	f.rivals.Get = f.store.Get
	err := f.store.List(ctx, f.store.Own(), func(e s3.Entry) error {
		if e.Foreign {
			if !s3.IsScratch(e.Key) {
				f.leave(e.Key, object.ErrForeign)
			}
			return nil
		}
		if len(f.entries) > 0 && f.entries[0].Name.Generation != e.Name.Generation {
			if err := f.finish(ctx); err != nil {
				return err
			}
		}
		f.entries = append(f.entries, e)
		return nil
	})
	if err != nil {
		return err
	}
	return f.finish(ctx)
}

// finish gives the objects of a generation on, without those of another host that are
// in conflict with it.
func (f *finder) finish(ctx context.Context) error {
	entries := f.entries
	f.entries = nil
	bad, ours := map[string]bool{}, false
	for _, e := range entries {
		c, err := f.rivals.Add(ctx, e)
		if err != nil {
			return err
		}
		if c == nil {
			continue
		}
		if len(bad) == 0 {
			f.tell(c)
		}
		bad[c.Keys[1]] = true
		ours = ours || (c.Hosts[0] != c.Hosts[1] && (c.Hosts[0] == f.host || c.Hosts[1] == f.host))
	}
	known := false
	for _, e := range entries {
		if e.Returned || (!ours && bad[e.Key]) {
			continue
		}
		var m *object.Meta
		if !known || ours {
			got, _, err := f.store.Get(ctx, e.Key)
			switch {
			case s3.Unusable(err):
				f.leave(e.Key, err)
				continue
			case err != nil:
				return err
			case ours && got.Generation.Host != f.host:
				continue
			case !known:
				m, known = got, true
			}
		}
		if err := f.take(e.Key, e.Name, m); err != nil {
			return err
		}
	}
	return nil
}

// tell tells of the first conflict in a generation.
func (f *finder) tell(c *rivals.Conflict) {
	f.log.Error("objects of two hosts are in one another's way; this host takes back its own, or those that come first, and leaves the others where they are",
		"error", c, "cure", "give each host an agent id of its own (id in the block agent, or /etc/machine-id), and ship what is left with \"shipper replay --from-host\"")
}
