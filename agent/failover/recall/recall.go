package recall

import (
	"context"
	"fmt"
	"time"

	"shipper/agent/failover"
	"shipper/agent/stored"
	"shipper/checkpoint"
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

// Recall lists what this agent has put aside before its state was lost, and not got
// back, and takes it into the lists of home, which gives an input's, or nil. host is
// the name of this host: it decides where two hosts have one agent id. It returns
// when that is done, or when ctx ends.
func Recall(ctx context.Context, k *failover.Keeper, host string, home func(input string) *Home) {
	for wait := recoverFirst; ctx.Err() == nil; wait = min(2*wait, recoverMost) {
		f := taker{k: k, home: home, of: map[uint64]*Home{}}
		found := finder{store: k.Store(), host: host, log: k.Log, take: f.take}
		err := found.find(ctx)
		if err == nil {
			if found.left > 0 {
				k.Trouble(fmt.Sprintf("%d objects can't be taken back and are left where they are, the first is %s", found.left, found.first))
			} else {
				k.Trouble("")
			}
			if f.objects > 0 {
				k.Log.Warn("objects from before the state was lost are taken back", "output", k.Output, "objects", f.objects, "generations", len(f.of))
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
	home    func(input string) *Home
	of      map[uint64]*Home // by generation; nil if none has a use for it
	objects int
}

// take takes one object; m is its metadata if it is the first of its generation.
func (f *taker) take(key string, n object.Name, m *object.Meta) error {
	var changes checkpoint.Changes
	if m != nil {
		f.of[n.Generation] = f.home(m.Generation.Stream.Input)
	}
	h := f.of[n.Generation]
	switch {
	case h == nil && m != nil:
		f.k.Log.Warn("objects are of an input that is not configured; have them shipped by `shipper replay`",
			"input", m.Generation.Stream.Input, "path", m.Generation.Path)
		return nil
	case h == nil: // that, or it could not be read, which was logged
		return nil
	}
	stream := ""
	if m != nil {
		id := savedOf(m).Identity
		stream = id.Stream
		stored.AddIdentity(&changes, logfile.Progress{Generation: id.ID, Identity: &id}, m.Generation.Stream.Input)
	}
	f.objects++
	h.Aside.Found(&changes, n, key, stream)
	f.k.Commit(&changes)
	if m != nil {
		saved := savedOf(m)
		h.Adopt(&saved)
	}
	return nil
}

func savedOf(m *object.Meta) logfile.Saved {
	g := &m.Generation
	return logfile.Saved{Identity: logfile.Identity{
		ID: g.ID, Stream: g.Stream.Name, Path: g.Path, Device: g.File.Device, Inode: g.File.Inode, Birth: g.File.Birth,
		Truncations: g.File.Truncations, Order: g.File.Order,
	}}
}
