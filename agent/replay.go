package agent

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"time"

	"shipper/agent/config"
	"shipper/agent/host"
	"shipper/agent/memory"
	"shipper/agent/stored"
	"shipper/checkpoint"
	"shipper/inputs/logfile"
)

// Replay is files that are shipped once more, whatever was shipped of them.
type Replay struct {
	// Files are by the labels of their inputs.
	Files map[string][]logfile.Chosen
	// State is that of the agent which ships the files otherwise: their ids, and the
	// partitions of their logs, are in it.
	State checkpoint.State
	Topic string // in place of the inputs' own, "" for those
	// Generations are the ids, as 16 hexadecimal digits, that the files must have, by
	// their paths.
	Generations map[string]string
	// Has tells of records that need not be shipped. It may be nil.
	Has func(generation uint64, offset int64) bool
}

// NewReplay makes an Agent that ships chosen files and nothing else. cfg is a
// configuration whose state directory belongs to this replay alone: what was shipped
// of it is remembered there, and another NewReplay of the same files goes on.
func NewReplay(cfg *config.Config, r *Replay, log *slog.Logger) (*Agent, error) {
	store, err := checkpoint.Open(cfg.Agent.StateDir, checkpoint.Options{Log: log})
	if err != nil {
		return nil, fmt.Errorf("open the replay's state: %w", err)
	}
	a := &Agent{log: log, started: time.Now(), store: store, descriptors: logfile.NewDescriptors(memory.Descriptors()), replay: r}
	a.id, a.host = host.ID(cfg.Agent.ID)
	a.seed = host.SeedOf(r.State.Owner, a.id)
	s := &setup{cfg: cfg}
	a.force.Store(s)
	if err := a.build(s); err != nil {
		return nil, errors.Join(err, a.close(context.Background()))
	}
	return a, nil
}

// choose gives an input the files of a replay, from where an earlier one stopped.
func (a *Agent) choose(src *source) error {
	label, state := src.cfg.Label, a.replay.State
	choices, err := src.input.Choose(a.replay.Files[label], stored.For(state, label, slices.Sorted(maps.Keys(state.Routes))))
	if err != nil {
		return err
	}
	own := a.store.State()
	for i, c := range choices {
		path := a.replay.Files[label][i].Path
		if id := fmt.Sprintf("%016x", c.Identity().ID); id != a.replay.Generations[path] {
			return fmt.Errorf("%q is not the file any more that the replay was begun with: it is generation %s now, and was %s", path, id, a.replay.Generations[path])
		}
		g := own.Generations[c.Identity().ID]
		if g == nil {
			continue
		}
		if w := g.Watermarks[src.routes[0].ID()]; w.Offset > 0 {
			if err := c.MoveTo(w.Offset); err != nil {
				return fmt.Errorf("go on with the replay: %w", err)
			}
		}
	}
	return nil
}

// ReplayProgress is how far a replay has got.
type ReplayProgress struct {
	BytesLeft int64
	Records   int64 // shipped by this process
	Error     string
}

// replayPoll is how often a replay looks whether it is over.
const replayPoll = 100 * time.Millisecond

// RunReplay ships until everything is acknowledged, or ctx ends; then it returns
// ctx's error, and what was acknowledged is remembered. tell hears several times a
// second how far it is.
func (a *Agent) RunReplay(ctx context.Context, tell func(ReplayProgress)) error {
	s := a.force.Load()
	for _, k := range s.sinks {
		k.Start()
	}
	for _, src := range s.sources {
		src.input.Begin()
	}
	tick := time.NewTicker(replayPoll)
	defer tick.Stop()
	for left := int64(1); left > 0 && ctx.Err() == nil; {
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
		var p ReplayProgress
		for _, src := range s.sources {
			for _, l := range src.input.Left() {
				p.BytesLeft += max(l.Bytes, 1)
			}
			p.Records += src.routes[0].Delivered()
			if message, _ := src.routes[0].LastError(); message != "" {
				p.Error = message
			}
		}
		left = p.BytesLeft
		tell(p)
	}
	for _, k := range s.sinks {
		k.Halt(s.cfg.Agent.ShutdownTimeout)
	}
	return errors.Join(ctx.Err(), a.close(context.Background()))
}
