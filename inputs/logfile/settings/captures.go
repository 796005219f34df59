package settings

import (
	"fmt"

	"shipper/inputs"
)

// Captures fills in the named groups of Match, found in the live name's
// path or else in the file's own.
func (cfg *Config) Captures(vars *Vars, p string) ([]inputs.Header, error) {
	if cfg.Match == nil {
		return nil, nil
	}
	m := cfg.Match.FindStringSubmatch(vars.Path)
	if m == nil {
		m = cfg.Match.FindStringSubmatch(p)
	}
	if m == nil {
		return nil, fmt.Errorf("the path does not match %q", cfg.Match)
	}
	vars.Match = map[string]string{}
	var captures []inputs.Header
	for i, name := range cfg.Match.SubexpNames() {
		if name != "" {
			vars.Match[name] = m[i]
			captures = append(captures, inputs.Header{Key: name, Value: []byte(m[i])})
		}
	}
	return captures, nil
}
