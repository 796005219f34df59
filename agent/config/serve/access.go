package serve

import (
	"fmt"
	"path/filepath"

	"shipper/agent/config/block"
	"shipper/agent/config/diag"
	"shipper/agent/config/rule"
	"shipper/agent/config/value"
)

// Access are the files that say who is served; "" is for what is not demanded.
type Access struct {
	Cert, Key string // PEM
	ClientCA  string // PEM
	TokenFile string
}

// Keys are those that are decoded into these.
func Keys(listen *string, a *Access, pprof *bool) []block.Key {
	return []block.Key{
		block.Optional("listen", value.Text(listen, "address", rule.Listen), `"127.0.0.1:9640"`, "where status and metrics are served: host:port, \"unix:/path\", or \"off\"; what other hosts reach needs the next four"),
		block.Optional("listen_cert", value.Text(&a.Cert, "path", rule.Absolute), ``, "PEM file with the certificate that the agent shows; with it connections are encrypted. This file and the next three are read again when they change"),
		block.Optional("listen_key", value.Text(&a.Key, "path", rule.Absolute), ``, "PEM file with its key"),
		block.Optional("listen_client_ca", value.Text(&a.ClientCA, "path", rule.Absolute), ``, "PEM file with the CAs of certificates that callers must show"),
		block.Optional("listen_token_file", value.Text(&a.TokenFile, "path", rule.Absolute), ``, "file with a token of 16 bytes or more that callers must know: Authorization: Bearer TOKEN, or as a browser's password"),
		block.Optional("pprof", value.Bool(pprof), `false`, "serve Go's profiles of the process at /debug/pprof/, too"),
	}
}

// Check holds an address against what callers must show; b is the block that both
// are in, nil if there is none.
func Check(d *value.Decoder, b *block.Block, listen, stateDir string, a *Access) {
	switch {
	case b == nil || b.Broken:
	case (a.Cert == "") != (a.Key == ""):
		have, lack := "listen_cert", "listen_key"
		if a.Cert == "" {
			have, lack = lack, have
		}
		d.ErrorAt(b.At(have), fmt.Sprintf("%s without %s", have, lack), "A certificate and its key go together.")
	case a.ClientCA != "" && a.Cert == "":
		d.ErrorAt(b.At("listen_client_ca"), "listen_client_ca without listen_cert", "Callers show a certificate only to who shows one.")
	case rule.OffHost(listen) && (a.Cert == "" || a.ClientCA == "" && a.TokenFile == ""):
		d.ErrorAt(b.At("listen"), fmt.Sprintf("listen address %s is open to other hosts", diag.Quoted(listen)),
			"They are served only with listen_cert and listen_key, and listen_token_file or listen_client_ca. "+
				"Give these, or use 127.0.0.1 or [::1].")
	case listen == "unix:"+filepath.Join(stateDir, "shipper.sock"):
		d.ErrorAt(b.At("listen"), "this is the agent's own socket, which the command line asks", "Choose another path.")
	case listen == "off":
		for _, key := range []string{"listen_cert", "listen_key", "listen_client_ca", "listen_token_file"} {
			if b.Has(key) {
				d.WarnAt(b.At(key), key+" has no effect", "Nothing listens: listen = \"off\".")
			}
		}
	}
}
