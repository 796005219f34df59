package kafka

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"shipper/outputs"
	"shipper/outputs/kafka/codes"
	"shipper/outputs/kafka/wire"
)

const (
	dialTimeout  = 5 * time.Second
	silentAfter  = time.Second     // a broker with requests that answers none for so long is silent
	maxThrottle  = time.Second     // longer waits are left to the shard's own back-off
	idleTimeout  = 4 * time.Minute // brokers close idle connections after ten by default
	probeHigh    = 2 * time.Second
	authHigh     = 30 * time.Second // wrong credentials seldom heal by themselves, and lock accounts
	proberLow    = 100 * time.Millisecond
	sweepEvery   = time.Minute
	minDialShare = 2 // of the attempt: a dial takes at most 1/2
)

// broker is the connections to one broker.
type broker struct {
	id        int32
	addr      string
	dialer    *wire.Dialer
	log       *slog.Logger
	maxSilent int
	start     func(func(context.Context)) // runs a goroutine that Output.Close waits for
	refresh   func()                      // asks for new metadata

	mu        sync.Mutex
	free      []idleConn // last used last
	held      error      // why no data is sent until the prober succeeds, nil if it is
	since     time.Time  // of held
	retired   bool
	throttled time.Time // no request before this
	inflight  int       // Writes between take and release
	sign      time.Time // of life: last answer, or when inflight left 0
}

type idleConn struct {
	*wire.Conn
	since time.Time
}

// heldError is why a broker is not even tried.
type heldError struct {
	broker string
	err    error
}

func (e *heldError) Error() string { return "broker " + e.broker + " is held back: " + e.err.Error() }
func (e *heldError) Unwrap() error { return e.err }

// take returns a connection that nobody else uses until release. Its error
// means that nothing was sent.
func (b *broker) take(ctx context.Context, deadline time.Time) (*wire.Conn, error) {
	wait, err := b.enter()
	if err != nil {
		return nil, err
	}
	if wait > 0 {
		if err := sleep(ctx, wait); err != nil {
			b.leave(false)
			return nil, err
		}
	}
	for {
		c := b.pop()
		if c == nil {
			break
		}
		if now := time.Now(); !c.Expired(now) && c.Idle() {
			return c, nil
		}
		_ = c.Close()
	}
	now := time.Now()
	limit := now.Add(min(dialTimeout, deadline.Sub(now)/minDialShare))
	c, err := b.dialer.Dial(ctx, b.addr, limit)
	if err != nil {
		b.leave(false)
		if !impatient(ctx) {
			b.hold(err)
		}
		return nil, err
	}
	return c, nil
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

// enter admits a Write, or says why not; wait is what the broker asked for.
func (b *broker) enter() (wait time.Duration, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := time.Now()
	switch {
	case b.retired:
		return 0, &heldError{b.addr, errors.New("it is no longer part of the cluster")}
	case b.held != nil:
		return 0, &heldError{b.addr, b.held}
	case b.maxSilent > 0 && b.inflight >= b.maxSilent && now.Sub(b.sign) > silentAfter:
		return 0, &heldError{b.addr, fmt.Errorf("no answer for %s to %d requests", now.Sub(b.sign).Round(time.Millisecond), b.inflight)}
	}
	if wait = b.throttled.Sub(now); wait > maxThrottle {
		return 0, &heldError{b.addr, fmt.Errorf("it asked for a pause of another %s (quota): %w", wait.Round(time.Millisecond), codes.Code(89))}
	}
	if b.inflight == 0 {
		b.sign = now
	}
	b.inflight++
	return wait, nil
}

func (b *broker) leave(answered bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.inflight--
	if answered {
		b.sign = time.Now()
	}
}

func (b *broker) pop() *wire.Conn {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := len(b.free)
	if n == 0 {
		return nil
	}
	c := b.free[n-1].Conn
	b.free[n-1] = idleConn{}
	b.free = b.free[:n-1]
	return c
}

// release ends the use of a connection; err is what the last request ended
// with, throttle what the broker asked for.
func (b *broker) release(ctx context.Context, c *wire.Conn, throttle time.Duration, err error) {
	b.leave(err == nil)
	if err != nil || c.Broken() {
		_ = c.Close()
		if !impatient(ctx) && errors.Is(err, os.ErrDeadlineExceeded) {
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
func (b *broker) hold(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.held != nil || b.retired {
		return
	}
	b.held, b.since = err, time.Now()
	b.closeFree()
	b.log.Warn("broker is down, its partitions wait", keyBroker, b.addr, keyError, err, keyCure, cure(err))
	b.start(b.probe)
	b.refresh()
}

// probe tries the broker until it answers. Dialling includes a request for its
// versions, and authentication.
func (b *broker) probe(ctx context.Context) {
	pause := backoff{low: proberLow, high: probeHigh}
	for {
		if sleep(ctx, pause.next()) != nil {
			return
		}
		c, err := b.dialer.Dial(ctx, b.addr, time.Now().Add(dialTimeout))
		b.mu.Lock()
		switch {
		case b.retired:
			b.mu.Unlock()
			if err == nil {
				_ = c.Close()
			}
			return
		case err == nil:
			b.log.Info("broker is up", keyBroker, b.addr, "down_for", time.Since(b.since).Round(time.Millisecond))
			b.held = nil
			b.free = append(b.free, idleConn{c, time.Now()})
			b.mu.Unlock()
			b.refresh()
			return
		}
		if ctx.Err() == nil {
			b.held = err
		}
		b.mu.Unlock()
		if classify(err) == outputs.AuthError {
			pause.high = authHigh
		} else {
			pause.high = probeHigh
		}
	}
}

// sweep closes connections that were not used for long.
func (b *broker) sweep(now time.Time) {
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

// retire ends the broker: it is no longer part of the cluster.
func (b *broker) retire() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.retired = true
	b.closeFree()
}

func (b *broker) closeFree() {
	for _, c := range b.free {
		_ = c.Close()
	}
	b.free = nil
}

// peer describes the broker.
func (b *broker) peer() outputs.Peer {
	b.mu.Lock()
	defer b.mu.Unlock()
	p := outputs.Peer{Name: b.addr, Healthy: b.held == nil}
	if b.held != nil {
		p.LastError = b.held.Error()
	}
	return p
}

// classify is the class of an error that is not an answer to a produce request.
func classify(err error) outputs.Class {
	var weak *weakError
	if errors.As(err, &weak) {
		return outputs.TopicError
	}
	var code codes.Code
	if errors.As(err, &code) {
		return code.Class()
	}
	var dial *wire.Error
	if errors.As(err, &dial) && dial.Refusal() {
		return outputs.AuthError
	}
	return outputs.Transient
}

func timedOut(err error) bool {
	return errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, context.DeadlineExceeded)
}
