package reload

import (
	"log/slog"
	"slices"

	"shipper/agent/config"
	"shipper/agent/config/compare"
	"shipper/agent/parts"
)

// Lasting are the keys of the block agent that differ and are only read at the
// start.
func Lasting(a, b *config.Agent) []string {
	var keys []string
	for key, same := range map[string]bool{
		"id": a.ID == b.ID, "state_dir": a.StateDir == b.StateDir,
		"listen": a.Listen == b.Listen && a.Access == b.Access, "pprof": a.Pprof == b.Pprof,
		"log_format": a.LogFormat == b.LogFormat, "quarantine": compare.Same(&a.Quarantine, &b.Quarantine),
	} {
		if !same {
			keys = append(keys, "agent."+key)
		}
	}
	slices.Sort(keys)
	return keys
}

// LogLevel is the least severity that is logged.
func LogLevel(cfg *config.Config) slog.Level {
	var l slog.Level
	_ = l.UnmarshalText([]byte(cfg.Agent.LogLevel)) // one of the four that have names
	return l
}

// OtherFailover tells whether an output of the input gets another failover.
func OtherFailover(old, next *config.Config, in *config.Input) bool {
	of := func(cfg *config.Config, name string) *config.Failover {
		if oc := parts.Named(cfg, name); oc != nil && oc.Kafka != nil {
			return oc.Kafka.Failover
		}
		return nil
	}
	return slices.ContainsFunc(in.Outputs, func(ref config.OutputRef) bool {
		return !compare.Same(of(old, ref.Name()), of(next, ref.Name()))
	})
}
