package config

import (
	"testing"

	"shipper/agent/config/rule"
	"shipper/agent/status"
)

// TestListenIsWhatStatusServes keeps the configuration from promising an address
// that the agent then refuses.
func TestListenIsWhatStatusServes(t *testing.T) {
	for _, listen := range []string{
		"off", "127.0.0.1:9640", "127.9.9.9:0", "[::1]:9640", "[::ffff:127.0.0.1]:9640", "localhost:9640",
		":9640", "0.0.0.0:9640", "[::]:9640", "10.0.0.1:9640", "example.org:9640", "127.0.0.1", "LOCALHOST:1",
	} {
		wrong, err := rule.Listen(listen), status.CheckListen(listen)
		if (wrong == "") != (err == nil) {
			t.Errorf("%q: configuration says %q, status %v", listen, wrong, err)
		}
	}
}
