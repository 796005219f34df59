package access

import (
	"fmt"
	"net"
	"net/netip"
	"strings"
)

// Off is the address that means none, Unix begins one of a unix socket.
const (
	Off  = "off"
	Unix = "unix:"
)

// Config are the paths of files; "" is for what is not demanded.
type Config struct {
	Cert, Key string // PEM: what the agent shows; with it connections are encrypted
	ClientCA  string // PEM: who may sign the certificates that callers must show
	TokenFile string // holds what callers must know
}

// Check tells whether an address can be listened on, and if not, what to write
// instead.
func (c *Config) Check(listen string) error {
	if listen == "" || listen == Off || strings.HasPrefix(listen, Unix) {
		return nil
	}
	host, _, err := net.SplitHostPort(listen)
	if err != nil {
		return fmt.Errorf("listen address %q is not host:port: write it like 127.0.0.1:9640, %s/path or %q", listen, Unix, Off)
	}
	if !IsLoopback(host) && (c.Cert == "" || c.Key == "" || c.ClientCA == "" && c.TokenFile == "") {
		return fmt.Errorf("listen address %q is open to other hosts, which are served only with listen_cert and listen_key, and "+
			"listen_token_file or listen_client_ca", listen)
	}
	return nil
}

// IsLoopback tells whether a host, in brackets or not, is this one only.
func IsLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	if n := len(host); n > 2 && host[0] == '[' && host[n-1] == ']' {
		host = host[1 : n-1]
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.Unmap().IsLoopback()
}

// LocalPort tells whether an address is a port of this host only.
func LocalPort(listen string) bool {
	host, _, err := net.SplitHostPort(listen)
	return err == nil && !strings.HasPrefix(listen, Unix) && IsLoopback(host)
}
