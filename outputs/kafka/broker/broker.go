package broker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"shipper/outputs"
	"shipper/outputs/kafka/codes"
	"shipper/outputs/kafka/wire"
)

const (
	dialTimeout = 5 * time.Second
	silentAfter = time.Second     // a broker with requests that answers none for so long is silent
	maxThrottle = time.Second     // longer waits are left to the shard's own back-off
	idleTimeout = 4 * time.Minute // brokers close idle connections after ten by default
	// unseen is how long after its last answer a connection is used without a look
	// whether the broker has closed it. What closes idle connections, a broker's
	// connections.max.idle.ms or a firewall, waits for seconds at least; one that a broker
	// closes sooner, since it ends, may as well be closed just after the look. The look is
	// a system call for each request, which counts where there are more than ten a second.
	unseen       = 100 * time.Millisecond
	probeHigh    = 2 * time.Second
	proberLow    = 100 * time.Millisecond
	minDialShare = 2 // of the attempt: a dial takes at most 1/2
)

// The keys of log attributes.
const (
	keyBroker = "broker"
	keyError  = "error"
	keyCure   = "cure"
)

// Env is what all brokers of a cluster share.
type Env struct {
	Dialer *wire.Dialer
	Log    *slog.Logger
	// MaxSilent is how many Writes a broker may hold that has not answered
	// anybody for a second. 0: any number.
	MaxSilent int
	// Start runs a function in a goroutine of its own until its context ends.
	Start func(func(context.Context))
	// Refresh asks for new metadata. It does not block.
	Refresh func()
	// Pace is waited for before every connection but the first to a broker.
	Pace *Pace
}

// Broker is the connections to one broker. Its methods are safe for concurrent
// use.
type Broker struct {
	env  *Env
	id   int32
	addr string

	mu        sync.Mutex
	free      []idleConn // last used last
	held      error      // why no data is sent until the prober succeeds, nil if it is
	since     time.Time  // of held
	retired   bool
	throttled time.Time // no request before this
	reached   bool      // there has been a connection
	inflight  int       // Writes between Take and Release
	sign      time.Time // of life: last answer, or when inflight left 0
	trial     bool      // the prober succeeded, and no Write has since
	lent      map[*wire.Conn]*loan
	relieved  int // of inflight, ended for silence and not yet gone
}

// idleConn is a connection that nobody uses. It was not broken when it was last used.
type idleConn struct {
	*wire.Conn
	since time.Time
}

// New makes the broker id at addr. It connects when it is first needed.
func New(env *Env, id int32, addr string) *Broker {
	return &Broker{env: env, id: id, addr: addr, lent: make(map[*wire.Conn]*loan)}
}

// ID is the broker's number in the cluster.
func (b *Broker) ID() int32 { return b.id }

// Addr is host:port, as the cluster advertises it.
func (b *Broker) Addr() string { return b.addr }

// heldError is why a broker is not even tried.
type heldError struct {
	broker string
	err    error
}

func (e *heldError) Error() string { return "broker " + e.broker + " is held back: " + e.err.Error() }
func (e *heldError) Unwrap() error { return e.err }

// Take returns a connection that nobody else uses until Release. Its error
// means that nothing was sent.
func (b *Broker) Take(ctx context.Context, deadline time.Time) (*wire.Conn, error) {
	wait, err := b.enter()
	if err != nil {
		return nil, err
	}
	if wait > 0 {
		if err := Sleep(ctx, wait); err != nil {
			b.leave(nil, false)
			return nil, err
		}
	}
	for {
		c, ok := b.pop()
		if !ok {
			break
		}
		if now := time.Now(); !c.Expired(now) && (now.Sub(c.since) < unseen || c.Idle()) {
			b.lend(c.Conn)
			return c.Conn, nil
		}
		_ = c.Close()
	}
	c, err := b.connect(ctx, deadline)
	if err != nil {
		b.leave(nil, false)
		if !impatient(ctx) && !errors.Is(err, errPace) {
			b.hold(err)
		}
		return nil, err
	}
	b.lend(c)
	return c, nil
}

// dial connects, and asks which cluster it has reached.
func (b *Broker) dial(ctx context.Context, deadline time.Time) (*wire.Conn, error) {
	c, err := b.env.Dialer.Dial(ctx, b.addr, deadline)
	if err != nil {
		return nil, err
	}
	req := kmsg.NewPtrMetadataRequest()
	req.Topics = []kmsg.MetadataRequestTopic{} // none; nil stands for all
	resp, err := wire.Ask[*kmsg.MetadataResponse](ctx, c, deadline, req, 4)
	if err != nil {
		_ = c.Close()
		return nil, fmt.Errorf("ask %s for its cluster: %w", b.addr, err)
	}
	if resp.ClusterID != nil {
		c.Cluster = *resp.ClusterID
	}
	return c, nil
}

// connect makes a connection in at most half the time that is left.
func (b *Broker) connect(ctx context.Context, deadline time.Time) (*wire.Conn, error) {
	now := time.Now()
	limit := now.Add(min(dialTimeout, deadline.Sub(now)/minDialShare))
	b.mu.Lock()
	first := !b.reached
	b.reached = true
	b.mu.Unlock()
	if !first {
		if err := b.env.Pace.Wait(ctx, limit); err != nil {
			return nil, err
		}
	}
	return b.dial(ctx, limit)
}

// impatient tells whether the caller's own limit was reached, which is not the
// broker's fault. A dial that ends at ctx's deadline fails a moment before ctx
// itself does.
func impatient(ctx context.Context) bool {
	if ctx.Err() != nil {
		return true
	}
	deadline, ok := ctx.Deadline()
	return ok && !time.Now().Before(deadline)
}

// Ready tells whether a Write would be admitted now.
func (b *Broker) Ready() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	_, err := b.admits(time.Now())
	return err == nil
}

// admits tells why no Write is admitted; wait is what the broker asked for. The
// caller holds mu.
func (b *Broker) admits(now time.Time) (wait time.Duration, err error) {
	switch {
	case b.retired:
		return 0, &heldError{b.addr, errors.New("it is no longer part of the cluster")}
	case b.held != nil:
		return 0, &heldError{b.addr, b.held}
	case b.env.MaxSilent > 0 && b.inflight >= b.env.MaxSilent && (b.trial || now.Sub(b.sign) > silentAfter):
		return 0, &heldError{b.addr, fmt.Errorf("no answer for %s to %d requests", now.Sub(b.sign).Round(time.Millisecond), b.inflight)}
	}
	if wait = b.throttled.Sub(now); wait > maxThrottle {
		return 0, &heldError{b.addr, fmt.Errorf("it asked for a pause of another %s (quota): %w", wait.Round(time.Millisecond), codes.Code(89))}
	}
	return wait, nil
}

// enter admits a Write, or says why not.
func (b *Broker) enter() (wait time.Duration, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := time.Now()
	if wait, err = b.admits(now); err != nil {
		return 0, err
	}
	if b.inflight == 0 {
		b.sign = now
	}
	b.inflight++
	return wait, nil
}

// pop takes the connection that was used last.
func (b *Broker) pop() (c idleConn, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := len(b.free)
	if n == 0 {
		return idleConn{}, false
	}
	c, b.free[n-1] = b.free[n-1], idleConn{}
	b.free = b.free[:n-1]
	return c, true
}

// Release ends the use of a connection; err is what the last request ended
// with, throttle what the broker asked for.
func (b *Broker) Release(ctx context.Context, c *wire.Conn, throttle time.Duration, err error) {
	aborted := b.leave(c, err == nil)
	if err != nil || aborted || c.Broken() {
		_ = c.Close()
		if !aborted && !impatient(ctx) && errors.Is(err, os.ErrDeadlineExceeded) {
			b.hold(err)
		}
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	now := time.Now()
	if throttle > 0 {
		b.throttled = now.Add(throttle)
	}
	if b.retired || b.held != nil {
		_ = c.Close()
		return
	}
	b.free = append(b.free, idleConn{c, now})
}

// hold keeps data from the broker until its prober succeeds.
func (b *Broker) hold(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.held != nil || b.retired {
		return
	}
	b.held, b.since = err, time.Now()
	b.closeFree()
	b.env.Log.Warn("broker is down, its partitions wait", keyBroker, b.addr, keyError, err, keyCure, Cure(err))
	b.env.Start(b.probe)
	b.env.Refresh()
}

// Sweep closes connections that were not used for long.
func (b *Broker) Sweep(now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := 0
	for n < len(b.free) && now.Sub(b.free[n].since) > idleTimeout {
		_ = b.free[n].Close()
		n++
	}
	kept := copy(b.free, b.free[n:])
	clear(b.free[kept:])
	b.free = b.free[:kept]
}

// Retire ends the broker: it is no longer part of the cluster. Who waits for an
// answer of it has waited enough: others lead its partitions now.
func (b *Broker) Retire() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.retired = true
	b.closeFree()
	for c := range b.lent {
		c.Abort()
	}
}

func (b *Broker) closeFree() {
	for _, c := range b.free {
		_ = c.Close()
	}
	b.free = nil
}

// Peer describes the broker.
func (b *Broker) Peer() outputs.Peer {
	b.mu.Lock()
	defer b.mu.Unlock()
	p := outputs.Peer{Name: b.addr, Healthy: b.held == nil}
	if b.held != nil {
		p.LastError = b.held.Error()
	}
	return p
}
