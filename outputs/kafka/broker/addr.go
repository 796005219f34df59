package broker

import "net"

// SameHost tells whether an advertised address resolves to a configured one:
// localhost and 127.0.0.1.
func SameHost(addr string, configured []string) bool {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return false
	}
	for _, a := range configured {
		h, p, err := net.SplitHostPort(a)
		if err == nil && p == port && loopback(h) && loopback(host) {
			return true
		}
	}
	return false
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
