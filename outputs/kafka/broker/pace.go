package broker

import (
	"context"
	"errors"
	"sync"
	"time"
)

// How often connections are made anew: a few at once, and then ten a second.
const (
	paceInterval = 100 * time.Millisecond
	paceBurst    = 4
)

// errPace is returned when a connection would be made too late to be of use.
var errPace = errors.New("too many connections broke lately; the next one has to wait")

// Pace spreads attempts to connect over time, so that a network or a broker that
// breaks every connection is not stormed. Its methods are safe for concurrent use;
// a nil Pace waits for nothing.
type Pace struct {
	mu   sync.Mutex
	next time.Time // of the next attempt, if they were spread evenly
}

// Wait blocks until a connection may be made, or returns at once if that is not
// before limit.
func (p *Pace) Wait(ctx context.Context, limit time.Time) error {
	if p == nil {
		return nil
	}
	now := time.Now()
	p.mu.Lock()
	at := p.next
	if earliest := now.Add(-paceBurst * paceInterval); at.Before(earliest) {
		at = earliest
	}
	if at.After(limit) {
		p.mu.Unlock()
		return errPace
	}
	p.next = at.Add(paceInterval)
	p.mu.Unlock()
	if !at.After(now) {
		return nil
	}
	return Sleep(ctx, at.Sub(now))
}
