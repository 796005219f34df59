package parts

import (
	"shipper/agent/config"
	"shipper/inputs/logfile"
	"shipper/inputs/logfile/split"
)

// This file tells those who look at a configuration without running an agent what an
// agent would make of it.

// Matches looks once at the files of an input, and at what stands in their way.
func Matches(in *config.Input) ([]logfile.Match, []logfile.Problem, error) {
	return logfile.Matches(Input(in))
}

// Cutting is how an input cuts bytes into records.
func Cutting(in *config.Input) (split.Config, error) {
	cfg := Input(in)
	err := cfg.Fill()
	return cfg.Cutting(), err
}
