package broker

import (
	"errors"
	"fmt"
	"net"
	"sync"
	"time"
)

// lostAnswers is how long a broker that is going away still appends what it is
// sent while nobody hears its answers any more.
const lostAnswers = 100 * time.Millisecond

// gate is the network in front of the brokers. Shutting it is what the death of
// a machine looks like to its clients, in the order that hurts most: records
// are appended and the answers get lost, then the connections break, then
// nobody listens. What was appended stays, as it does on a replicated topic.
type gate struct {
	mu        sync.Mutex
	mute      bool
	away      chan struct{} // nil while the gate is open; closed when it opens again
	listeners []*listener
	conns     map[*conn]struct{}
	unheard   int // answers lost since the gate was shut
}

type listener struct {
	gate *gate
	addr net.Addr

	mu     sync.Mutex
	inner  net.Listener
	closed bool
}

// conn is a connection that the gate can cut.
type conn struct {
	net.Conn
	gate *gate
}

func (g *gate) listen(network, address string) (net.Listener, error) {
	inner, err := net.Listen(network, address)
	if err != nil {
		return nil, err
	}
	l := &listener{gate: g, addr: inner.Addr(), inner: inner}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.listeners = append(g.listeners, l)
	return l, nil
}

// shut takes the brokers away and returns how many of their answers were lost.
func (g *gate) shut() int {
	g.mu.Lock()
	g.mute, g.unheard, g.away = true, 0, make(chan struct{})
	g.mu.Unlock()
	time.Sleep(lostAnswers)

	g.mu.Lock()
	defer g.mu.Unlock()
	for _, l := range g.listeners {
		l.suspend()
	}
	for c := range g.conns {
		if tcp, ok := c.Conn.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0) // a reset, not a polite end
		}
		_ = c.Conn.Close()
	}
	g.conns = nil
	return g.unheard
}

// reopen brings the brokers back on the ports that they had.
func (g *gate) reopen() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, l := range g.listeners {
		if err := l.resume(); err != nil {
			return fmt.Errorf("bring broker back: %w", err)
		}
	}
	g.mute = false
	close(g.away)
	g.away = nil
	return nil
}

func (l *listener) suspend() {
	l.mu.Lock()
	defer l.mu.Unlock()
	_ = l.inner.Close()
}

func (l *listener) resume() error {
	inner, err := net.Listen("tcp", l.addr.String())
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.inner = inner
	return nil
}

// Accept waits through the time in which the gate is shut.
func (l *listener) Accept() (net.Conn, error) {
	for {
		l.mu.Lock()
		inner, closed := l.inner, l.closed
		l.mu.Unlock()
		if closed {
			return nil, net.ErrClosed
		}
		c, err := inner.Accept()
		l.gate.mu.Lock()
		away := l.gate.away
		if err == nil && away == nil {
			wrapped := &conn{Conn: c, gate: l.gate}
			if l.gate.conns == nil {
				l.gate.conns = map[*conn]struct{}{}
			}
			l.gate.conns[wrapped] = struct{}{}
			l.gate.mu.Unlock()
			return wrapped, nil
		}
		l.gate.mu.Unlock()
		if err == nil {
			_ = c.Close()
		}
		if away != nil {
			<-away
		} else if !errors.Is(err, net.ErrClosed) {
			return nil, err
		}
	}
}

// Close ends the listener for good.
func (l *listener) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	return l.inner.Close()
}

func (l *listener) Addr() net.Addr { return l.addr }

// Write drops answers while the gate is closing.
func (c *conn) Write(p []byte) (int, error) {
	c.gate.mu.Lock()
	mute := c.gate.mute
	if mute {
		c.gate.unheard++
	}
	c.gate.mu.Unlock()
	if mute {
		return len(p), nil
	}
	return c.Conn.Write(p)
}

func (c *conn) Close() error {
	c.gate.mu.Lock()
	delete(c.gate.conns, c)
	c.gate.mu.Unlock()
	return c.Conn.Close()
}
