package reload

import (
	"slices"
	"strings"
)

// Report is what came of a request to reload.
type Report struct {
	// Invalid says that the configuration on disk is not in force, because of
	// its mistakes: the one before is.
	Invalid bool `json:"invalid,omitempty"`
	// Error is why the agent could not reload although nothing is wrong with
	// the configuration, "" if it could.
	Error string `json:"error,omitempty"`
	// Diagnostics are what is to be said of the configuration, warnings too,
	// each with its source, for people.
	Diagnostics []string `json:"diagnostics,omitempty"`
	// The blocks that were begun, ended, or begun anew, such as "input rails".
	Added   []string `json:"added,omitempty"`
	Removed []string `json:"removed,omitempty"`
	Changed []string `json:"changed,omitempty"`
	// Later are the keys whose change has no effect before the next start.
	Later []string `json:"later,omitempty"`
}

// Ends tells whether a block that was there ends, or begins anew.
func (r *Report) Ends(block string) bool {
	return slices.Contains(r.Removed, block) || slices.Contains(r.Changed, block)
}

// String says in one line what was changed.
func (r *Report) String() string {
	var parts []string
	for _, p := range []struct {
		what  string
		names []string
	}{
		{"added", r.Added}, {"changed", r.Changed}, {"removed", r.Removed},
		{"without effect before the next start", r.Later},
	} {
		if len(p.names) > 0 {
			parts = append(parts, p.what+": "+strings.Join(p.names, ", "))
		}
	}
	if len(parts) == 0 {
		return "nothing has changed"
	}
	return strings.Join(parts, "; ")
}
