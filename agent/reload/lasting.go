package reload

import (
	"slices"

	"shipper/agent/config"
	"shipper/agent/config/compare"
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
