package rate

import (
	"context"
	"fmt"
	"sync"
	"time"

	"shipper/outputs"
)

// Rate keeps what is sent within so many bytes a second. A nil Rate keeps
// nothing. It is safe for concurrent use.
type Rate struct {
	perSecond float64
	rush      *outputs.Rush

	mu    sync.Mutex
	until time.Time // when everything admitted so far will have been due
	ratio float64   // bytes sent for each byte admitted, lately
}

// burst is how far sending may be ahead of the rate, so that short waits for
// brokers do not lower it.
const burst = time.Second

// New makes a Rate of so many bytes a second, nil for 0.
func New(perSecond int64) *Rate {
	if perSecond <= 0 {
		return nil
	}
	return &Rate{perSecond: float64(perSecond), ratio: 1, rush: outputs.NewRush()}
}

// Guess is what something was admitted by.
type Guess struct{ raw, sent float64 } // bytes

// Admit waits until n bytes, before compression, may be sent. It fails only if
// ctx ends first, or if Rush ends the wait; then nothing was admitted.
func (r *Rate) Admit(ctx context.Context, n int) (_ Guess, err error) {
	if r == nil {
		return Guess{}, nil
	}
	g, wait := r.reserve(time.Now(), n)
	if wait <= 0 {
		return g, nil
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return g, nil
	case <-r.rush.Done():
		err = outputs.ErrRushed
	case <-ctx.Done():
		err = ctx.Err()
	}
	r.Settle(g, 0)
	return Guess{}, fmt.Errorf("wait for max_rate: %w", err)
}

// Rush ends all waits, also those to come, until end is called, once. A nil Rate has
// none.
func (r *Rate) Rush() (end func()) {
	if r == nil {
		return func() {}
	}
	return r.rush.Begin()
}

// reserve admits n bytes in wait from now.
func (r *Rate) reserve(now time.Time, n int) (g Guess, wait time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if least := now.Add(-burst); r.until.Before(least) {
		r.until = least
	}
	wait = r.until.Sub(now)
	g = Guess{raw: float64(n), sent: float64(n) * r.ratio}
	r.until = r.until.Add(r.span(g.sent))
	return g, wait
}

// Settle sets a guess right: so many bytes were sent.
func (r *Rate) Settle(g Guess, sent int) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.until = r.until.Add(r.span(float64(sent) - g.sent))
	if g.raw > 0 && sent > 0 {
		r.ratio += (float64(sent)/g.raw - r.ratio) / 8
	}
}

func (r *Rate) span(bytes float64) time.Duration {
	return time.Duration(bytes / r.perSecond * float64(time.Second))
}
