package scripted

import (
	"context"
	"errors"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

// Network is the ways between a client and the brokers of a cluster, in memory.
type Network struct {
	cluster *Cluster
	links   map[string]*Link
	wg      sync.WaitGroup

	mu       sync.Mutex
	connects []time.Time
}

// Link is the way to one broker. Its fields are guarded by mu; a test sets them
// with Set.
type Link struct {
	mu    sync.Mutex
	way   Way
	conns map[*end]struct{} // the client's ends
}

// Way is what a link does with bytes.
type Way struct {
	Refuse bool // nobody listens
	// There and Back lose what goes to the broker, and what comes from it,
	// without a word. A connection takes both.
	There, Back bool
	// BytesPerSecond bounds each direction of each connection; 0: no bound.
	BytesPerSecond int
	// Latency is added to each direction.
	Latency time.Duration
	// ResetAfter resets a connection once so many bytes have gone to the
	// broker since it was made; 0: never.
	ResetAfter int
}

// NewNetwork connects clients to the brokers of a cluster.
func NewNetwork(c *Cluster) *Network {
	n := &Network{cluster: c, links: make(map[string]*Link)}
	for _, addr := range c.addrs {
		n.links[addr] = &Link{conns: make(map[*end]struct{})}
	}
	return n
}

// Link is the way to the broker at addr.
func (n *Network) Link(addr string) *Link { return n.links[addr] }

// Set changes the way. Connections that were made before are changed, too.
func (l *Link) Set(w Way) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.way = w
	if w.Refuse {
		l.reset()
	}
}

// Reset cuts all connections.
func (l *Link) Reset() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.reset()
}

func (l *Link) reset() {
	for e := range l.conns {
		e.in.end(syscall.ECONNRESET)
		e.out.end(syscall.ECONNRESET)
	}
	clear(l.conns)
}

func (l *Link) now() Way {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.way
}

// Connects are the times at which clients tried to connect, in order.
func (n *Network) Connects() []time.Time {
	n.mu.Lock()
	defer n.mu.Unlock()
	return append([]time.Time(nil), n.connects...)
}

// Wait waits until all connections have ended.
func (n *Network) Wait() { n.wg.Wait() }

// Dial connects to a broker. While bytes get lost it tries as TCP does, once a
// second, until ctx ends.
func (n *Network) Dial(ctx context.Context, _, addr string) (net.Conn, error) {
	n.mu.Lock()
	n.connects = append(n.connects, time.Now())
	n.mu.Unlock()
	l := n.links[addr]
	if l == nil {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("no such host")}
	}
	for {
		w := l.now()
		if w.Refuse {
			return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
		}
		if !w.There && !w.Back {
			break
		}
		select {
		case <-ctx.Done():
			return nil, &net.OpError{Op: "dial", Net: "tcp", Err: os.ErrDeadlineExceeded}
		case <-time.After(time.Second):
		}
	}
	there, back := newHalf(), newHalf()
	client := &end{link: l, in: back, out: there, client: true}
	server := &end{link: l, in: there, out: back}
	l.mu.Lock()
	l.conns[client] = struct{}{}
	l.mu.Unlock()
	broker := int32(0)
	for i, a := range n.cluster.addrs {
		if a == addr {
			broker = int32(i)
		}
	}
	n.wg.Go(func() { n.cluster.Serve(broker, server) })
	return client, nil
}

// end is one end of a connection.
type end struct {
	link    *Link
	in, out *half
	client  bool
	written int // bytes; by the one who writes
}

// Read reads what has arrived.
func (e *end) Read(b []byte) (int, error) { return e.in.read(b) }

// Write sends b: it is taken at once, or as slowly as the link is.
func (e *end) Write(b []byte) (int, error) {
	w := e.link.now()
	if err := e.out.writable(); err != nil {
		return 0, err
	}
	pause := w.Latency
	if w.BytesPerSecond > 0 {
		pause += time.Duration(len(b)) * time.Second / time.Duration(w.BytesPerSecond)
	}
	if pause > 0 {
		if err := e.out.pause(pause); err != nil {
			return len(b) / 2, err
		}
	}
	if e.written += len(b); e.client && w.ResetAfter > 0 && e.written > w.ResetAfter {
		_ = e.out.push(b[:len(b)/2]) // a part of it arrives
		e.in.end(syscall.ECONNRESET)
		e.out.end(syscall.ECONNRESET)
		return len(b) / 2, syscall.ECONNRESET
	}
	if w = e.link.now(); (e.client && w.There) || (!e.client && w.Back) {
		return len(b), nil // on its way, and lost
	}
	return len(b), e.out.push(b)
}

// Close ends both directions; the other end always hears of it.
func (e *end) Close() error {
	e.link.mu.Lock()
	delete(e.link.conns, e)
	e.link.mu.Unlock()
	e.in.end(net.ErrClosed)
	e.out.end(nil)
	return nil
}

// LocalAddr is of no interest.
func (e *end) LocalAddr() net.Addr { return &net.TCPAddr{} }

// RemoteAddr is of no interest.
func (e *end) RemoteAddr() net.Addr { return &net.TCPAddr{} }

// SetDeadline bounds reading and writing.
func (e *end) SetDeadline(t time.Time) error {
	e.in.setReadDeadline(t)
	e.out.setWriteDeadline(t)
	return nil
}

// SetReadDeadline bounds reading.
func (e *end) SetReadDeadline(t time.Time) error { e.in.setReadDeadline(t); return nil }

// SetWriteDeadline bounds writing.
func (e *end) SetWriteDeadline(t time.Time) error { e.out.setWriteDeadline(t); return nil }
