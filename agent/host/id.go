package host

import (
	"os"
	"strings"
)

// ID returns the id under which this agent's generations are known, and the
// host's name. The id is the configured one; else the machine's, which survives
// a change of the host's name; else, as in a container, the host's name.
func ID(configured string) (id, host string) {
	host, err := os.Hostname()
	if err != nil || host == "" {
		host = "localhost"
	}
	if configured != "" {
		return configured, host
	}
	if b, err := os.ReadFile("/etc/machine-id"); err == nil {
		if s := strings.TrimSpace(string(b)); len(s) == 32 {
			return s, host
		}
	}
	return host, host
}
