package config

import (
	"testing"

	"shipper/agent/config/rule"
	"shipper/agent/status/access"
)

// TestListenIsWhatStatusServes keeps the configuration from promising an address
// that the agent then refuses.
func TestListenIsWhatStatusServes(t *testing.T) {
	for listen, offHost := range map[string]bool{
		"off": false, "127.0.0.1:9640": false, "127.9.9.9:0": false, "[::1]:9640": false, "[::ffff:127.0.0.1]:9640": false,
		"localhost:9640": false, "unix:/run/x.sock": false,
		":9640": true, "0.0.0.0:9640": true, "[::]:9640": true, "10.0.0.1:9640": true, "example.org:9640": true, "LOCALHOST:1": true,
	} {
		if wrong := rule.Listen(listen); wrong != "" || rule.OffHost(listen) != offHost {
			t.Errorf("%q: %s, other hosts %v, want %v", listen, wrong, rule.OffHost(listen), offHost)
		}
		if err := new(access.Config).Check(listen); (err != nil) != offHost {
			t.Errorf("%q: %v without keys", listen, err)
		}
		full := access.Config{Cert: "c", Key: "k", TokenFile: "t"}
		if err := full.Check(listen); err != nil {
			t.Errorf("%q: %v", listen, err)
		}
	}
	for _, listen := range []string{"127.0.0.1", "unix:", "unix:run/x.sock", "9640"} {
		if rule.Listen(listen) == "" {
			t.Errorf("%q is taken", listen)
		}
	}
}
