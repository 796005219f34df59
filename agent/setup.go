package agent

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path"

	"shipper/agent/config"
	"shipper/agent/memory"
	"shipper/agent/parts"
	"shipper/agent/routes"
	"shipper/agent/stored"
	"shipper/checkpoint"
	"shipper/inputs/logfile"
	"shipper/inputs/logfile/names"
	"shipper/inputs/logfile/trouble"
)

// setup is a configuration with the parts that work by it. It does not change once
// it is in force: a reload makes another one, with the same parts where nothing
// has changed.
type setup struct {
	cfg       *config.Config
	pipelines []*pipeline // in the order of the configuration's outputs
	sources   []*source   // in the order of its inputs
}

// source is an input with its routes, in the order of its outputs.
type source struct {
	input     *logfile.Input
	cfg       *config.Input
	routes    []*route
	followers []*route // of those routes whose output has a failover
	life      *life    // of discovery, nil before it began

	completions trouble.Limiter // of log lines; belongs to the input's Run
}

func (s *setup) pipeline(name string) *pipeline {
	for _, p := range s.pipelines {
		if p.name == name {
			return p
		}
	}
	return nil
}

func sourceOf(all []*source, label string) *source {
	for _, src := range all {
		if src.cfg.Label == label {
			return src
		}
	}
	return nil
}

// openPipeline builds an output with what ships to it.
func (a *Agent) openPipeline(cfg *config.Config, oc *config.Output, choices map[checkpoint.Choice]checkpoint.Shard) (*pipeline, error) {
	out, err := parts.Output(oc, a.id, memory.Wanted(cfg), a.log)
	if err != nil {
		return nil, fmt.Errorf("output %s: %w", oc.Name(), err)
	}
	p := newPipeline(oc.Name(), out, a.store, choices, a.log)
	p.cfg = oc
	p.lanes, p.buffer = memory.Lanes(cfg, p.shape, maxSegments)
	if p.quar, err = parts.Quarantine(cfg, oc, a.id, a.log); err != nil {
		return nil, errors.Join(fmt.Errorf("output %s: %w", oc.Name(), err), p.close(context.Background()))
	}
	if p.audit, err = parts.Auditor(oc, a.id, a.log); err != nil {
		return nil, errors.Join(fmt.Errorf("output %s: %w", oc.Name(), err), p.close(context.Background()))
	}
	return p, nil
}

// close frees what the pipeline holds. It must be halted.
func (p *pipeline) close(ctx context.Context) error {
	err := p.output.Close(ctx)
	if p.quar != nil { // building may have failed before
		err = errors.Join(err, p.quar.Close(ctx))
	}
	if p.audit != nil {
		err = errors.Join(err, p.audit.Close(ctx))
	}
	return err
}

// openSources builds those inputs of the setup's configuration that it lacks, in
// their order, and gives their routes the numbers that the state has for them.
func (a *Agent) openSources(s *setup) error {
	a.link(s)
	state := a.store.State()
	configured := routes.Configured(s.cfg)
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
				src.routes[i].leadsTo(known.Destination)
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
		r := newRoute(known, ic, s.pipeline(ref.Kind+"."+ref.Label))
		for _, w := range inherited {
			if g := state.Generations[w.Generation]; g != nil {
				g.Watermarks[w.Route] = w.Watermark
			}
		}
		changes.Offsets = append(changes.Offsets, inherited...)
		src.routes = append(src.routes, r)
		ids = append(ids, r.id)
		_, before := state.Routes[r.id]
		fresh = append(fresh, !before && len(inherited) == 0)
	}
	follows, places := src.follow(&state, ic.Label)
	lc := parts.Input(ic)
	lc.StartAtEnd = lc.StartAtEnd || lost
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
		Gather: gatherFor(src.routes),
		Wake:   src.wake,
		Skip: func(route int, skipped []logfile.Progress) {
			if route >= len(src.routes) {
				return // it has no offset of its own
			}
			var c checkpoint.Changes
			for _, p := range skipped {
				stored.AddProgress(&c, p, ic.Label, src.routes[route].id)
			}
			a.store.Commit(&c)
		},
		Retire: func(cursors []*logfile.Cursor) {
			for _, c := range cursors {
				src.route(c.Route()).pipeline.retire(c)
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
	if len(changes.Offsets) > 0 {
		a.store.Commit(&changes)
	}
	return src, nil
}

// discover has the input look for files until halt.
func (src *source) discover(log *slog.Logger) {
	src.life = begin(func(ctx, _ context.Context) {
		if err := src.input.Run(ctx); err != nil && ctx.Err() == nil {
			log.Error("discovery ended", keyInput, src.cfg.Label, keyError, err)
		}
	})
}

// halt ends discovery.
func (src *source) halt() {
	src.life.stop()
	<-src.life.done
}
