package agent

import (
	"context"
	"errors"
	"fmt"
	"path"

	"shipper/agent/config"
	"shipper/agent/guard"
	"shipper/agent/memory"
	"shipper/agent/parts"
	"shipper/agent/pipeline"
	"shipper/agent/routes"
	"shipper/agent/stored"
	"shipper/checkpoint"
	"shipper/inputs/logfile"
	"shipper/inputs/logfile/names"
)

// setup is a configuration with the parts that work by it. It does not change once
// it is in force: a reload makes another one, with the same parts where nothing
// has changed.
type setup struct {
	cfg     *config.Config
	sinks   []*sink       // in the order of the configuration's outputs
	sources []*source     // in the order of its inputs
	over    chan struct{} // closed when another one is in force
}

// sink is an output with the pipeline that ships to it, which outlives this sink
// where a reload changes the output.
type sink struct {
	*pipeline.Pipeline
	cfg   *config.Output
	guard *guard.Guard // nil without a failover
}

func (s *setup) sink(name string) *sink {
	for _, k := range s.sinks {
		if k.Name() == name {
			return k
		}
	}
	return nil
}

// openSink builds an output with what ships to it.
func (a *Agent) openSink(cfg *config.Config, oc *config.Output, choices map[checkpoint.Choice]checkpoint.Shard) (*sink, error) {
	var of pipeline.Parts
	var err error
	if of.Output, err = parts.Output(oc, a.id, memory.Wanted(cfg), a.log); err != nil {
		return nil, fmt.Errorf("output %s: %w", oc.Name(), err)
	}
	if of.Quarantine, err = parts.Quarantine(cfg, oc, a.id, a.log); err != nil {
		return nil, errors.Join(fmt.Errorf("output %s: %w", oc.Name(), err), of.Close(context.Background()))
	}
	if of.Audit, err = parts.Auditor(oc, a.id, a.log); err != nil {
		return nil, errors.Join(fmt.Errorf("output %s: %w", oc.Name(), err), of.Close(context.Background()))
	}
	lanes, buffer := memory.Lanes(cfg, of.Output.Shape(), pipeline.MaxSegments)
	p := pipeline.New(pipeline.Config{
		Name: oc.Name(), Parts: of, Lanes: lanes, Buffer: buffer, Choices: choices, Store: a.store, Log: a.log,
	})
	return &sink{Pipeline: p, cfg: oc}, nil
}

// openSources builds those inputs of the setup's configuration that it lacks, in
// their order, and gives their routes the numbers that the state has for them.
func (a *Agent) openSources(s *setup) error {
	a.link(s)
	state, configured := a.store.State(), routes.Configured(s.cfg)
	table := routes.New(state, configured)
	lost := a.store.Report().Lost && s.cfg.Agent.OnLostState == "end"
	have := s.sources
	s.sources = nil
	for _, ic := range s.cfg.Inputs {
		mine := configured[:len(ic.Outputs)] // in the same order
		configured = configured[len(ic.Outputs):]
		if src := sourceOf(have, ic.Label); src != nil {
			for i, r := range mine {
				known, _ := table.Number(r, nil)
				src.routes[i].LeadsTo(known.Destination)
			}
			s.sources = append(s.sources, src)
			continue
		}
		src, err := a.openSource(s, ic, mine, state, table, lost)
		if err != nil {
			return err
		}
		s.sources = append(s.sources, src)
	}
	if fresh := table.Fresh(); len(fresh) > 0 {
		a.store.Commit(&checkpoint.Changes{Routes: fresh})
	}
	return nil
}

func (a *Agent) openSource(s *setup, ic *config.Input, configured []checkpoint.Route, state checkpoint.State, table *routes.Table, lost bool) (*source, error) {
	src := &source{cfg: ic}
	globs, err := names.New(ic.Paths, ic.ExcludePaths)
	if err != nil {
		return nil, fmt.Errorf("input %s: %w", ic.Label, err)
	}
	ours := func(p string) bool {
		_, ok := globs.Classify(path.Dir(p), path.Base(p), ic.Rotated)
		return ok
	}
	var changes checkpoint.Changes
	var ids []checkpoint.RouteID
	var fresh []bool
	for i, ref := range ic.Outputs {
		known, inherited := table.Number(configured[i], ours)
		r := routes.NewRoute(known, i)
		for _, w := range inherited {
			if g := state.Generations[w.Generation]; g != nil {
				g.Watermarks[w.Route] = w.Watermark
			}
		}
		changes.Offsets = append(changes.Offsets, inherited...)
		src.routes = append(src.routes, r)
		src.pipes = append(src.pipes, s.sink(ref.Name()).Pipeline)
		ids = append(ids, r.ID())
		_, before := state.Routes[r.ID()]
		fresh = append(fresh, !before && len(inherited) == 0)
	}
	follows, places := src.follow(s, &state)
	lc := parts.Input(ic)
	lc.StartAtEnd = lc.StartAtEnd || lost
	lc.History, changes.Notes = stored.History(state.Notes, ic.Label, lc.History || lost)
	var has func(uint64, int64) bool
	if r := a.replay; r != nil {
		has = r.Has
		if r.Topic != "" {
			lc.Topic = func(logfile.Vars) (string, error) { return r.Topic, nil }
		}
	}
	src.input, err = logfile.New(lc, logfile.Env{
		Log: a.log, AgentID: a.seed, Host: a.host,
		Routes: len(src.routes) + len(src.followers), Follows: follows, Elsewhere: places,
		Fresh: fresh, Saved: src.savedFor(state, ic.Label, ids), Descriptors: a.descriptors,
		Gather: src.gather(),
		Wake:   src.wake,
		Skip: func(route int, skipped []logfile.Progress) {
			if route >= len(src.routes) {
				return // it has no offset of its own
			}
			var c checkpoint.Changes
			for _, p := range skipped {
				stored.AddProgress(&c, p, ic.Label, src.routes[route].ID())
			}
			a.store.Commit(&c)
		},
		Retire: func(cursors []*logfile.Cursor) {
			for _, c := range cursors {
				src.pipes[c.Route()].Retire(c)
			}
		},
		Forget:   func(ids []uint64) { a.forget(src, ids) },
		Complete: func(c *logfile.Completion) { a.complete(src, c) },
		Needed:   func(device, inode uint64) bool { return a.needed(src, device, inode) },
		Has:      has,
	})
	if err == nil && a.replay != nil {
		err = a.choose(src)
	}
	if err != nil {
		return nil, fmt.Errorf("input %s: %w", ic.Label, err)
	}
	if len(changes.Offsets)+len(changes.Notes) > 0 {
		a.store.Commit(&changes)
	}
	return src, nil
}
