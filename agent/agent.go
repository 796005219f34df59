package agent

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"shipper/agent/config"
	"shipper/agent/drain"
	"shipper/agent/guard"
	"shipper/agent/host"
	"shipper/agent/memory"
	"shipper/agent/reload"
	"shipper/agent/status"
	"shipper/agent/status/access"
	"shipper/agent/status/metrics"
	"shipper/agent/status/page"
	"shipper/agent/status/profiles"
	"shipper/checkpoint"
	"shipper/inputs/logfile"
)

// ErrLocked is returned by New when another agent holds the state directory.
var ErrLocked = checkpoint.ErrLocked

// Options of an Agent.
type Options struct {
	Log     *slog.Logger
	Version string // shown in the status
	// Path is the main file of the configuration, which is read anew when it or
	// what belongs to it changes. "" for a configuration that stays.
	Path string
	// Level is that of Log, and follows the configuration. It may be nil.
	Level *slog.LevelVar
}

// Agent ships what its configuration names. Build one with New and Run it once.
type Agent struct {
	log     *slog.Logger
	version string
	started time.Time
	id      string
	seed    string // what generation ids are made from
	host    string

	store       *checkpoint.Store
	descriptors *logfile.Descriptors
	force       atomic.Pointer[setup] // what is in force
	path        string                // of the configuration, "" if it can't be read anew
	level       *slog.LevelVar        // of log, nil if it is fixed
	replay      *Replay               // nil for an agent that finds its files

	leaving     atomic.Bool            // the host goes away: whatever waits is put aside
	running     chan struct{}          // closed by Run when every part runs
	adopting    sync.Mutex             // held while a reload goes by what is stored, and by who adds to that
	turning     sync.Mutex             // held by Drain and Reload, and by Run while it ends
	ended       bool                   // nothing runs any more; guarded by turning
	configError atomic.Pointer[string] // why the configuration on disk is not in force, nil if it is
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
	a := &Agent{
		log: o.Log, version: o.Version, path: o.Path, level: o.Level, started: time.Now(),
		store: store, descriptors: logfile.NewDescriptors(memory.Descriptors()), running: make(chan struct{}),
	}
	a.id, a.host = host.ID(cfg.Agent.ID)
	a.seed = host.Claim(store, a.id, host.Look(), o.Log)
	guard.Owe(store, cfg)
	s := &setup{cfg: cfg, over: make(chan struct{})}
	a.force.Store(s)
	if err := a.build(s); err != nil {
		return nil, errors.Join(err, a.close(context.Background()))
	}
	return a, nil
}

func (a *Agent) build(s *setup) error {
	choices := a.store.State().Choices
	if a.replay != nil {
		maps.Copy(choices, a.replay.State.Choices) // to where the live lines go
	}
	for _, oc := range s.cfg.Outputs {
		k, err := a.openSink(s.cfg, oc, choices)
		if err != nil {
			return err
		}
		s.sinks = append(s.sinks, k)
	}
	return a.openSources(s)
}

// forget drops what an input has forgotten, unless another input, which matches
// the same files, still knows it: then that one asks in its turn. Inputs run only
// when all that are in force are built.
func (a *Agent) forget(by *source, ids []uint64) {
	if ids = a.unknown(by, ids); len(ids) > 0 {
		a.store.Commit(&checkpoint.Changes{Forget: ids})
	}
}

// unknown are those of ids that no input but by knows.
func (a *Agent) unknown(by *source, ids []uint64) []uint64 {
	for {
		s := a.force.Load()
		left := slices.Clone(ids)
		for _, other := range s.sources {
			if other != by {
				known := other.input.Knows(left)
				left = slices.DeleteFunc(left, func(id uint64) bool { return known[id] })
			}
		}
		if a.force.Load() == s { // else some may have handed their files over meanwhile
			return left
		}
	}
}

// Run ships until ctx ends, and then stops softly: discovery first, then the
// lanes, which finish the batch in hand for at most the configured
// shutdown_timeout, then the outputs, and the state last. Nothing that was not
// acknowledged is recorded, so a harder end at any moment loses nothing.
func (a *Agent) Run(ctx context.Context) error {
	s := a.force.Load()
	a.log.Info("started", "version", a.version, "agent", a.id, "config", s.cfg.Files,
		"inputs", len(s.sources), "outputs", len(s.sinks), "state_dir", s.cfg.Agent.StateDir)
	for _, k := range s.sinks {
		k.Start()
	}
	for _, src := range s.sources {
		src.discover(a.log)
	}
	close(a.running)
	shown := page.New(a.Snapshot, a.shownConfig)
	pages := shown.Handlers()
	pages[metrics.Path] = metrics.Handler(shown.Snapshot)
	if s.cfg.Agent.Pprof {
		maps.Copy(pages, profiles.Handlers())
	}
	server := status.NewServer(a.Snapshot, status.ServerConfig{
		StateDir: s.cfg.Agent.StateDir, Listen: s.cfg.Agent.Listen, Access: access.Config(s.cfg.Agent.Access), Log: a.log,
		Pages: pages,
		Control: map[string]http.Handler{
			drain.Path:  drain.Handler(a.Drain),
			reload.Path: reload.Handler(a.ReloadFiles),
		},
	})
	server.Start()
	var watches, lanes sync.WaitGroup
	watches.Go(func() { a.watchRunway(ctx) })
	watches.Go(func() { a.watchFailovers(ctx) })
	if a.path != "" {
		watches.Go(func() { reload.Watch(ctx, a.configFiles, s.cfg.Begun, func() { a.ReloadFiles() }) })
	}

	<-ctx.Done()
	watches.Wait()
	server.Stop()
	a.turning.Lock()
	defer a.turning.Unlock()
	a.ended = true
	s = a.force.Load()
	for _, src := range s.sources {
		src.halt()
	}
	for _, k := range s.sinks {
		lanes.Go(func() { k.Halt(s.cfg.Agent.ShutdownTimeout) })
	}
	lanes.Wait()
	err := a.close(context.Background())
	a.log.Info("stopped")
	return err
}

// Touch takes every lock that shipping needs, one after the other: it returns if
// nothing is stuck. It is for watchdogs.
func (a *Agent) Touch() {
	s := a.force.Load()
	for _, k := range s.sinks {
		k.Touch()
	}
	for _, src := range s.sources {
		src.input.Knows(nil)
	}
}

// close closes what New built, in the order in which nothing is needed any more
// by what is still open.
func (a *Agent) close(ctx context.Context) error {
	var errs []error
	s := a.force.Load()
	for _, k := range s.sinks {
		k.guard.End()
		errs = append(errs, k.Close(ctx))
	}
	for _, src := range s.sources {
		errs = append(errs, src.input.Close())
	}
	return errors.Join(append(errs, a.store.Close())...)
}
