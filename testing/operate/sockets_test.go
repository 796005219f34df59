package operate

import (
	"encoding/hex"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"
)

// TestListensOnLoopbackOnly reads from the kernel which sockets this process
// listens on while an agent runs in it.
func TestListensOnLoopbackOnly(t *testing.T) {
	l := start(t, "")
	found := listening(t)
	if !slices.ContainsFunc(found, func(a netip.AddrPort) bool { return a.String() == l.address }) {
		t.Fatalf("the agent's own address %s is not among %v", l.address, found)
	}
	for _, a := range found {
		if !a.Addr().Unmap().IsLoopback() {
			t.Errorf("it listens on %s", a)
		}
	}
}

// listening are the addresses of this process's TCP sockets that listen, and of
// all its UDP sockets.
func listening(t *testing.T) []netip.AddrPort {
	t.Helper()
	mine := map[string]bool{}
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		target, err := os.Readlink("/proc/self/fd/" + e.Name())
		if inode, ok := strings.CutPrefix(target, "socket:["); err == nil && ok {
			mine[strings.TrimSuffix(inode, "]")] = true
		}
	}
	var found []netip.AddrPort
	for _, table := range []string{"tcp", "tcp6", "udp", "udp6"} {
		text, err := os.ReadFile("/proc/self/net/" + table)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			fields := strings.Fields(line)
			const listens = "0A"
			if len(fields) < 10 || !mine[fields[9]] || strings.HasPrefix(table, "tcp") && fields[3] != listens {
				continue
			}
			found = append(found, address(t, fields[1]))
		}
	}
	return found
}

// address reads one as the kernel prints it: words of four bytes, the last first.
func address(t *testing.T, text string) netip.AddrPort {
	t.Helper()
	host, port, _ := strings.Cut(text, ":")
	ip, err := hex.DecodeString(host)
	number, err2 := hex.DecodeString(port)
	if err != nil || err2 != nil || len(number) != 2 {
		t.Fatalf("no address: %s", text)
	}
	for i := 0; i+4 <= len(ip); i += 4 {
		slices.Reverse(ip[i : i+4])
	}
	addr, _ := netip.AddrFromSlice(ip)
	return netip.AddrPortFrom(addr, uint16(number[0])<<8|uint16(number[1]))
}
