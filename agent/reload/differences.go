package reload

import (
	"log/slog"
	"slices"

	"shipper/agent/config"
	"shipper/agent/config/compare"
	"shipper/agent/parts"
)

// Keep leaves those keys of the block agent that are only read at the start as they
// were before, and names the ones that were to change.
func Keep(before, next *config.Agent) (later []string) {
	note := func(key string, same bool) {
		if !same {
			later = append(later, "agent."+key)
		}
	}
	note("id", keep(&before.ID, &next.ID))
	listen := keep(&before.Listen, &next.Listen)
	note("listen", keep(&before.Access, &next.Access) && listen)
	note("log_format", keep(&before.LogFormat, &next.LogFormat))
	note("pprof", keep(&before.Pprof, &next.Pprof))
	note("quarantine", keep(&before.Quarantine, &next.Quarantine))
	note("state_dir", keep(&before.StateDir, &next.StateDir))
	return later
}

// keep makes next as before, and tells whether it was the same already.
func keep[T any](before, next *T) bool {
	same := compare.Same(before, next)
	*next = *before
	return same
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
