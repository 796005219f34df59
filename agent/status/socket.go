package status

import (
	"context"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strconv"

	"shipper/agent/status/access"
)

// SocketName is the name of the agent's socket within its state directory.
const SocketName = "shipper.sock"

// longestSocketPath is what every system's sockaddr_un holds, terminator
// included: 104 bytes, on Linux 108.
const longestSocketPath = 104

// socketPath is a path of the state directory's socket that is short enough to
// bind or connect to. A long one goes through a descriptor of the directory,
// which release closes.
func socketPath(stateDir string) (path string, release func(), err error) {
	path = filepath.Join(stateDir, SocketName)
	if len(path) < longestSocketPath {
		return path, func() {}, nil
	}
	const descriptors = "/proc/self/fd"
	if _, err := os.Stat(descriptors); err != nil {
		return "", nil, fmt.Errorf("%q is longer than a socket's name may be (%d bytes): choose a shorter state_dir",
			path, longestSocketPath-1)
	}
	dir, err := os.Open(stateDir)
	if err != nil {
		return "", nil, err
	}
	release = func() { _ = dir.Close() } // only read from
	return filepath.Join(descriptors, strconv.Itoa(int(dir.Fd())), SocketName), release, nil
}

// listenSocket makes the state directory's socket, in place of one that an
// earlier agent left. The caller holds the state directory's lock, so nobody
// listens on that one any more.
func listenSocket(ctx context.Context, stateDir string) (net.Listener, error) {
	path, release, err := socketPath(stateDir)
	if err != nil {
		return nil, err
	}
	defer release()
	switch info, err := os.Lstat(path); {
	case err == nil && info.Mode().Type() != fs.ModeSocket:
		return nil, fmt.Errorf("%q is not a socket: move it away", filepath.Join(stateDir, SocketName))
	case err == nil:
		if err := os.Remove(path); err != nil {
			return nil, err
		}
	}
	listener, err := access.Bind(ctx, path, 0o600)
	if l, ok := listener.(*net.UnixListener); ok {
		l.SetUnlinkOnClose(false) // it knows only the short path
	}
	return listener, err
}

// dialSocket connects to the agent that holds the state directory.
func dialSocket(ctx context.Context, stateDir string) (net.Conn, error) {
	path, release, err := socketPath(stateDir)
	if err != nil {
		return nil, err
	}
	defer release()
	var d net.Dialer
	return d.DialContext(ctx, "unix", path)
}
