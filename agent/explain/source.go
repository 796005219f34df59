package explain

import (
	"context"
	"errors"
	"io/fs"

	"shipper/agent/config"
	"shipper/agent/explain/look"
	"shipper/agent/logrotate"
	"shipper/agent/status"
	"shipper/checkpoint"
	"shipper/inputs/logfile/calls"
)

// Source is what there is to ask. Snapshot is nil if no agent runs; State is
// empty if there is none, or none that can be read, and StateError says why.
type Source struct {
	Config     *config.Config
	Snapshot   *status.Snapshot
	AgentError error // why a running agent could not be asked
	State      checkpoint.State
	StateError error
	Rotation   *logrotate.Config
	byInode    map[uint64][]*checkpoint.Generation // of State
	calls      *calls.Group                        // of the file system, which may not return
	silent     *look.File                          // that was asked for in vain, nil while all answer
}

// Look asks the agent that runs by a configuration, and reads its state and
// logrotate's configuration. ctx bounds the time that the agent may take.
func Look(ctx context.Context, cfg *config.Config, logrotateConfig string) *Source {
	s := &Source{Config: cfg, Rotation: logrotate.Load(logrotateConfig), calls: calls.NewQuestions()}
	s.Snapshot, s.AgentError = status.Fetch(ctx, cfg.Agent.StateDir)
	if errors.Is(s.AgentError, status.ErrNotRunning) {
		s.Snapshot, s.AgentError = status.FetchPort(ctx, cfg.Agent.Listen, cfg.Agent.StateDir)
	}
	if errors.Is(s.AgentError, status.ErrNotRunning) {
		s.AgentError = nil
	}
	s.State, s.StateError = checkpoint.Read(cfg.Agent.StateDir)
	if errors.Is(s.StateError, fs.ErrNotExist) {
		s.StateError = nil
	}
	s.byInode = map[uint64][]*checkpoint.Generation{}
	for _, g := range s.State.Generations {
		s.byInode[g.Inode] = append(s.byInode[g.Inode], g)
	}
	return s
}

// routeName is a route's name as the agent has it.
func routeName(input, output string) string { return input + " → " + output }

// routeNames lists the routes of an input.
func routeNames(in *config.Input) []string {
	var all []string
	for _, ref := range in.Outputs {
		all = append(all, routeName(in.Label, ref.Name()))
	}
	return all
}
