package access

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"strings"
	"syscall"
	"time"
)

// socketMode lets the agent's user and group ask.
const socketMode = 0o660

// Listen listens on host:port, or on a unix socket, in place of one that nobody
// serves any more. Closing the listener removes the socket.
func Listen(ctx context.Context, listen string) (net.Listener, error) {
	path, ok := strings.CutPrefix(listen, Unix)
	if !ok {
		return new(net.ListenConfig).Listen(ctx, "tcp", listen)
	}
	if err := makeRoom(ctx, path); err != nil {
		return nil, err
	}
	return Bind(ctx, path, socketMode)
}

// Bind listens on a unix socket of this mode, where there is none yet. Closing the
// listener removes the socket by the same path.
func Bind(ctx context.Context, path string, mode os.FileMode) (net.Listener, error) {
	config := net.ListenConfig{Control: func(_, _ string, c syscall.RawConn) error {
		// Linux gives the file the mode of the unbound socket, less the umask, so
		// that there is no moment at which others may connect.
		return c.Control(func(fd uintptr) { _ = syscall.Fchmod(int(fd), uint32(mode)) })
	}}
	l, err := config.Listen(ctx, "unix", path)
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(path, mode); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

// makeRoom removes a socket that nobody serves.
func makeRoom(ctx context.Context, path string) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case info.Mode().Type() != fs.ModeSocket:
		return fmt.Errorf("%q is not a socket: move it away", path)
	}
	d := net.Dialer{Timeout: time.Second}
	c, err := d.DialContext(ctx, "unix", path)
	switch {
	case err == nil:
		_ = c.Close() // nothing was sent
		return fmt.Errorf("%q is served by another process", path)
	case errors.Is(err, syscall.ECONNREFUSED):
		return os.Remove(path)
	}
	return err
}

// Dial connects to where an agent of this host listens. It fails for addresses
// that other hosts reach: what is asked there is not a matter of this package.
func Dial(ctx context.Context, listen string) (net.Conn, error) {
	var d net.Dialer
	if path, ok := strings.CutPrefix(listen, Unix); ok {
		return d.DialContext(ctx, "unix", path)
	}
	if !LocalPort(listen) {
		return nil, fmt.Errorf("%q is not an address of this host alone", listen)
	}
	return d.DialContext(ctx, "tcp", listen)
}
