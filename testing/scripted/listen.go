package scripted

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"syscall"
)

// Listen puts the way to the broker at addr before real clients: what they send to
// l goes the way that the broker's link has. It ends when the returned function is
// called.
func (n *Network) Listen(l net.Listener, addr string) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			outer, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() { n.forward(ctx, outer, addr) })
		}
	})
	return func() {
		cancel()
		_ = l.Close()
		wg.Wait()
	}
}

// forward serves one connection until an end of it closes.
func (n *Network) forward(ctx context.Context, outer net.Conn, addr string) {
	defer func() { _ = outer.Close() }()
	inner, err := n.Dial(ctx, "tcp", addr)
	if err != nil {
		abort(outer)
		return
	}
	defer func() { _ = inner.Close() }()
	end := context.AfterFunc(ctx, func() { _ = outer.Close(); _ = inner.Close() })
	defer end()
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, err := io.Copy(outer, inner)
		if errors.Is(err, syscall.ECONNRESET) {
			abort(outer)
		}
		_ = outer.Close()
	}()
	_, _ = io.Copy(inner, outer)
	_ = inner.Close()
	<-done
}

// abort closes a connection with a reset, not a polite end.
func abort(c net.Conn) {
	if tcp, ok := c.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = c.Close()
}
