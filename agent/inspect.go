package agent

import (
	"shipper/agent/config"
	"shipper/agent/parts"
	"shipper/checkpoint"
	"shipper/inputs/logfile"
	"shipper/inputs/logfile/split"
)

// This file tells those who look at a configuration and a state without running
// an agent what an agent would make of them.

// ID is the id that an agent has here, given the configured one or "".
func ID(configured string) string {
	id, _ := hostID(configured)
	return id
}

// Routes lists the routes of a configuration with their destinations. Their ids
// are in the state alone.
func Routes(cfg *config.Config) []checkpoint.Route {
	destinations := map[string]string{}
	for _, o := range cfg.Outputs {
		destinations[o.Name()] = destination(o)
	}
	var all []checkpoint.Route
	for _, in := range cfg.Inputs {
		for _, ref := range in.Outputs {
			all = append(all, checkpoint.Route{Input: in.Label, Output: ref.Name(), Destination: destinations[ref.Name()]})
		}
	}
	return all
}

// Matches looks once at the files of an input, and at what stands in their way.
func Matches(in *config.Input) ([]logfile.Match, []logfile.Problem, error) {
	return logfile.Matches(parts.Input(in))
}

// Cutting is how an input cuts bytes into records.
func Cutting(in *config.Input) (split.Config, error) { return logfile.Cutting(parts.Input(in)) }
