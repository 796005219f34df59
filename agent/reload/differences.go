package reload

import (
	"log/slog"
	"slices"

	"shipper/agent/config"
	"shipper/agent/config/compare"
	"shipper/agent/parts"
)

// Compare tells how a configuration differs from the one before, and returns what is to
// be in force: next, with the keys as they were that are only read at the start.
// Outputs are compared by kind and label, inputs by label.
func Compare(before, next *config.Config) (Report, *config.Config) {
	var r Report
	diff(&r, "output", before.Outputs, next.Outputs, (*config.Output).Name, func(a, b *config.Output) bool { return compare.Same(a, b) })
	diff(&r, "input", before.Inputs, next.Inputs, func(in *config.Input) string { return in.Label }, func(a, b *config.Input) bool {
		return compare.Same(a, b) && !otherFailover(before, next, a)
	})
	kept := *next
	r.Later = keepLasting(&before.Agent, &kept.Agent)
	return r, &kept
}

// diff notes which blocks of a kind are added, removed or changed.
func diff[T any](r *Report, kind string, before, next []*T, name func(*T) string, same func(a, b *T) bool) {
	find := func(all []*T, b *T) *T {
		if i := slices.IndexFunc(all, func(o *T) bool { return name(o) == name(b) }); i >= 0 {
			return all[i]
		}
		return nil
	}
	for _, b := range before {
		switch now := find(next, b); {
		case now == nil:
			r.Removed = append(r.Removed, kind+" "+name(b))
		case !same(b, now):
			r.Changed = append(r.Changed, kind+" "+name(b))
		}
	}
	for _, b := range next {
		if find(before, b) == nil {
			r.Added = append(r.Added, kind+" "+name(b))
		}
	}
}

// keepLasting leaves those keys of the block agent that are only read at the start as they
// were before, and names the ones that were to change.
func keepLasting(before, next *config.Agent) (later []string) {
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

// otherFailover tells whether an output of the input gets another failover.
func otherFailover(old, next *config.Config, in *config.Input) bool {
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
