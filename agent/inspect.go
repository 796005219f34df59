package agent

import (
	"shipper/agent/config"
	"shipper/agent/parts"
	"shipper/inputs/logfile"
	"shipper/inputs/logfile/split"
)

// This file tells those who look at a configuration and a state without running
// an agent what an agent would make of them.

// Matches looks once at the files of an input, and at what stands in their way.
func Matches(in *config.Input) ([]logfile.Match, []logfile.Problem, error) {
	return logfile.Matches(parts.Input(in))
}

// Cutting is how an input cuts bytes into records.
func Cutting(in *config.Input) (split.Config, error) {
	cfg := parts.Input(in)
	err := cfg.Fill()
	return cfg.Cutting(), err
}
