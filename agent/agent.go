package agent

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"shipper/agent/config"
	"shipper/agent/drain"
	"shipper/agent/host"
	"shipper/agent/parts"
	"shipper/agent/routes"
	"shipper/agent/status"
	"shipper/agent/stored"
	"shipper/checkpoint"
	"shipper/inputs/logfile"
	"shipper/inputs/logfile/trouble"
)

// ErrLocked is returned by New when another agent holds the state directory.
var ErrLocked = checkpoint.ErrLocked

// Options of an Agent.
type Options struct {
	Log     *slog.Logger
	Version string // shown in the status
}

// Agent ships what its configuration names. Build one with New and Run it once.
type Agent struct {
	cfg     *config.Config
	log     *slog.Logger
	version string
	started time.Time
	id      string
	seed    string // what generation ids are made from
	host    string

	store     *checkpoint.Store
	pipelines []*pipeline // in the order of the configuration's outputs
	inputs    []*source   // likewise
	draining  sync.Mutex  // held by Drain
}

// source is an input with its routes, in the order of its outputs.
type source struct {
	input  *logfile.Input
	cfg    *config.Input
	routes []*route

	completions trouble.Limiter // of log lines; belongs to the input's Run
}

// New opens the state and builds the parts. It touches neither log files nor
// the network. It fails with ErrLocked if another agent holds the state
// directory, and else only for a configuration that can't work; damaged or
// unwritable state is reported in the log and the status.
func New(cfg *config.Config, o Options) (*Agent, error) {
	debug.SetMemoryLimit(cfg.Agent.Memory)
	store, err := checkpoint.Open(cfg.Agent.StateDir, checkpoint.Options{Log: o.Log})
	if err != nil {
		return nil, fmt.Errorf("open state: %w", err)
	}
	a := &Agent{cfg: cfg, log: o.Log, version: o.Version, started: time.Now(), store: store}
	a.id, a.host = host.ID(cfg.Agent.ID)
	a.seed = host.Claim(store, a.id, host.Look(), o.Log)
	if err := a.build(); err != nil {
		return nil, errors.Join(err, a.close(context.Background()))
	}
	return a, nil
}

func (a *Agent) build() error {
	state := a.store.State()
	byName := map[string]*pipeline{}
	for _, oc := range a.cfg.Outputs {
		out, err := parts.Output(oc, a.id, wantedLanes(a.cfg), a.log)
		if err != nil {
			return fmt.Errorf("output %s: %w", oc.Name(), err)
		}
		p := newPipeline(oc.Name(), out, a.store, state.Choices, a.log)
		p.lanes, p.buffer = lanesFor(a.cfg, p.shape)
		a.pipelines = append(a.pipelines, p)
		if p.quar, err = parts.Quarantine(a.cfg, oc, a.id, a.log); err != nil {
			return fmt.Errorf("output %s: %w", oc.Name(), err)
		}
		if p.audit, err = parts.Auditor(a.cfg, oc, a.id, a.log); err != nil {
			return fmt.Errorf("output %s: %w", oc.Name(), err)
		}
		byName[oc.Name()] = p
	}
	configured := routes.Configured(a.cfg)
	table := routes.New(state, configured)
	descriptors := logfile.NewDescriptors(descriptorLimit())
	lost := a.store.Report().Lost && a.cfg.Agent.OnLostState == "end"
	for _, ic := range a.cfg.Inputs {
		s := &source{cfg: ic}
		var changes checkpoint.Changes
		var ids []checkpoint.RouteID
		for _, ref := range ic.Outputs {
			p := byName[ref.Kind+"."+ref.Label]
			known, inherited := table.Number(configured[0])
			configured = configured[1:] // in the same order
			r := newRoute(known, ic, p)
			for _, w := range inherited {
				if g := state.Generations[w.Generation]; g != nil {
					g.Watermarks[w.Route] = w.Watermark
				}
			}
			changes.Offsets = append(changes.Offsets, inherited...)
			s.routes = append(s.routes, r)
			ids = append(ids, r.id)
		}
		lc := parts.Input(ic)
		lc.StartAtEnd = lc.StartAtEnd || lost
		in, err := logfile.New(lc, logfile.Env{
			Log: a.log, AgentID: a.seed, Host: a.host,
			Routes: len(s.routes), Saved: stored.For(state, ic.Label, ids), Descriptors: descriptors,
			Wake: func(c *logfile.Cursor) {
				r := s.routes[c.Route()]
				r.pipeline.wake(c, r)
			},
			Skip: func(route int, skipped []logfile.Progress) {
				var c checkpoint.Changes
				for _, p := range skipped {
					stored.AddProgress(&c, p, s.routes[route].input.Label, s.routes[route].id)
				}
				a.store.Commit(&c)
			},
			Retire: func(cursors []*logfile.Cursor) {
				for _, c := range cursors {
					s.routes[c.Route()].pipeline.retire(c)
				}
			},
			Forget:   func(ids []uint64) { a.forget(s, ids) },
			Complete: func(c *logfile.Completion) { a.complete(s, c) },
			Needed:   func(device, inode uint64) bool { return a.needed(s, device, inode) },
		})
		if err != nil {
			return fmt.Errorf("input %s: %w", ic.Label, err)
		}
		s.input = in
		a.inputs = append(a.inputs, s)
		if len(changes.Offsets) > 0 {
			a.store.Commit(&changes)
		}
	}
	if len(table.Fresh) > 0 {
		a.store.Commit(&checkpoint.Changes{Routes: table.Fresh})
	}
	return nil
}

// forget drops what an input has forgotten, unless another input, which matches
// the same files, still knows it: then that one asks in its turn. Inputs run only
// after all are built, so a.inputs is complete.
func (a *Agent) forget(by *source, ids []uint64) {
	for _, other := range a.inputs {
		if other == by {
			continue
		}
		known := other.input.Knows(ids)
		ids = slices.DeleteFunc(slices.Clone(ids), func(id uint64) bool { return known[id] })
	}
	if len(ids) > 0 {
		a.store.Commit(&checkpoint.Changes{Forget: ids})
	}
}

// Run ships until ctx ends, and then stops softly: discovery first, then the
// lanes, which finish the batch in hand for at most the configured
// shutdown_timeout, then the outputs, and the state last. Nothing that was not
// acknowledged is recorded, so a harder end at any moment loses nothing.
func (a *Agent) Run(ctx context.Context) error {
	a.log.Info("started", "version", a.version, "agent", a.id, "config", a.cfg.Files,
		"inputs", len(a.inputs), "outputs", len(a.pipelines), "state_dir", a.cfg.Agent.StateDir)
	server := status.NewServer(a.Snapshot, status.ServerConfig{
		StateDir: a.cfg.Agent.StateDir, Listen: a.cfg.Agent.Listen, Log: a.log,
		Control: map[string]http.Handler{drain.Path: drain.Handler(a.Drain)},
	})
	server.Start()

	hard, cut := context.WithCancel(context.Background())
	defer cut()
	laneCtx, stopLanes := context.WithCancel(context.Background())
	defer stopLanes()
	var lanes, discovery sync.WaitGroup
	for _, p := range a.pipelines {
		lanes.Go(func() { p.run(laneCtx, hard) })
		if p.audit != nil {
			lanes.Go(func() { p.audit.Run(laneCtx, hard) })
		}
	}
	for _, s := range a.inputs {
		discovery.Go(func() {
			if err := s.input.Run(ctx); err != nil && ctx.Err() == nil {
				a.log.Error("discovery ended", keyInput, s.cfg.Label, keyError, err)
			}
		})
	}

	discovery.Go(func() { a.watchRunway(ctx) })

	<-ctx.Done()
	discovery.Wait()
	stopLanes()
	timer := time.AfterFunc(a.cfg.Agent.ShutdownTimeout, cut)
	defer timer.Stop()
	lanes.Wait()
	server.Stop()
	err := a.close(hard)
	a.log.Info("stopped")
	return err
}

// Touch takes every lock that shipping needs, one after the other: it returns if
// nothing is stuck. It is for watchdogs.
func (a *Agent) Touch() {
	for _, p := range a.pipelines {
		p.mu.Lock()
		p.mu.Unlock() //nolint:staticcheck // to have had it is the point
	}
	for _, s := range a.inputs {
		s.input.Knows(nil)
	}
}

// close closes what New built, in the order in which nothing is needed any more
// by what is still open.
func (a *Agent) close(ctx context.Context) error {
	var errs []error
	for _, p := range a.pipelines {
		errs = append(errs, p.output.Close(ctx))
		if p.quar != nil { // building may have failed before
			errs = append(errs, p.quar.Close(ctx))
		}
		if p.audit != nil {
			errs = append(errs, p.audit.Close(ctx))
		}
	}
	for _, s := range a.inputs {
		errs = append(errs, s.input.Close())
	}
	return errors.Join(append(errs, a.store.Close())...)
}
