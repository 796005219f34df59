package recall

import (
	"context"
	"fmt"
	"time"

	"shipper/agent/failover"
	"shipper/agent/stored"
	"shipper/checkpoint"
	"shipper/inputs"
	"shipper/inputs/logfile"
	"shipper/outputs/s3/object"
)

// A listing that fails is tried again, for ever: what is aside must come back.
const (
	recoverFirst = time.Second
	recoverMost  = time.Minute
)

// Home is where what was put aside is to return to.
type Home struct {
	Aside *failover.Aside
	Adopt func(*logfile.Saved) // makes a generation known to its input
}

// At gives take the present home of an input's lines for an output, nil if there is none.
// Until take returns it stays what it is: no reload builds another by what is stored.
type At func(output, input string, take func(*Home))

// Note names the note of a state that what an output's failover has put aside is to be
// taken back. Recall drops it when that is done.
func Note(output string) string { return "recall/" + output }

// Recall lists what this agent has put aside before its state was lost, and not got
// back, and takes it into the lists of those homes that are there by then. host is
// the name of this host: it decides where two hosts have one agent id. It returns
// when that is done, or when ctx ends.
func Recall(ctx context.Context, k *failover.Keeper, host string, at At) {
	for wait := recoverFirst; ctx.Err() == nil; wait = min(2*wait, recoverMost) {
		f := taker{k: k, at: at, of: map[uint64]inputs.Generation{}}
		found := finder{store: k.Store(), host: host, log: k.Log, take: f.take}
		err := found.find(ctx)
		if ctx.Err() != nil {
			return
		}
		if err == nil {
			if found.left > 0 {
				k.Trouble(fmt.Sprintf("%d objects can't be taken back and are left where they are, the first is %s", found.left, found.first))
			} else {
				k.Trouble("")
			}
			if f.objects > 0 {
				k.Log.Warn("objects from before the state was lost are taken back", "output", k.Output, "objects", f.objects, "generations", len(f.of))
			}
			if f.homeless == 0 { // else they may have one when this is begun anew
				k.Commit(&checkpoint.Changes{Notes: map[string]string{Note(k.Output): ""}})
			}
			return
		}
		k.Trouble("what was put aside before the state was lost can't be listed: " + err.Error())
		k.Log.Warn("what was put aside before the state was lost can't be listed; it is tried again", "output", k.Output, "error", err)
		select {
		case <-ctx.Done():
		case <-time.After(wait):
		}
	}
}

// taker takes objects of a listing into the state.
type taker struct {
	k       *failover.Keeper
	at      At
	of      map[uint64]inputs.Generation // that have a home
	objects int
	// homeless is how many generations have none for now: the configuration may be
	// mended.
	homeless int
}

// take takes one object; m is its metadata if it is the first of its generation.
func (f *taker) take(key string, n object.Name, m *object.Meta) error {
	if m != nil {
		f.of[n.Generation] = m.Generation
	}
	g, ok := f.of[n.Generation]
	if !ok { // it has no home, or could not be read, which was logged
		return nil
	}
	f.at(f.k.Output, g.Stream.Input, func(h *Home) {
		if h == nil {
			delete(f.of, n.Generation)
			f.homeless++
			f.k.Log.Warn("objects are of an input that is not configured with this failover; mend that, or have them shipped by `shipper replay`",
				"input", g.Stream.Input, "path", g.Path)
			return
		}
		f.objects++
		var changes checkpoint.Changes
		if m == nil {
			h.Aside.Found(&changes, n, key, "")
			f.k.Commit(&changes)
			return
		}
		saved := savedOf(m)
		id := saved.Identity
		stored.AddIdentity(&changes, logfile.Progress{Generation: id.ID, Identity: &id}, g.Stream.Input)
		h.Aside.Found(&changes, n, key, id.Stream)
		f.k.Commit(&changes)
		h.Adopt(&saved)
	})
	return nil
}

func savedOf(m *object.Meta) logfile.Saved {
	g := &m.Generation
	return logfile.Saved{Identity: logfile.Identity{
		ID: g.ID, Stream: g.Stream.Name, Path: g.Path, Device: g.File.Device, Inode: g.File.Inode, Birth: g.File.Birth,
		Truncations: g.File.Truncations, Order: g.File.Order,
	}}
}
