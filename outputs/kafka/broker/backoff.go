package broker

import (
	"context"
	"math/rand/v2"
	"time"

	"shipper/outputs"
)

const (
	authLow  = 2 * time.Second
	authHigh = 30 * time.Second
)

// Backoff doubles a delay from Low to High.
type Backoff struct {
	Low, High time.Duration
	last      time.Duration
}

// Next is the delay before the next try: half of it fixed and half random, so
// that a thousand agents do not come back at the same moment.
func (b *Backoff) Next() time.Duration { return b.next(b.Low, b.High) }

// After is the delay after a try that failed with err. Wrong credentials seldom
// heal by themselves, and every try with them may lock the account.
func (b *Backoff) After(err error) time.Duration {
	if Classify(err) == outputs.AuthError {
		return b.next(authLow, authHigh)
	}
	return b.Next()
}

func (b *Backoff) next(low, high time.Duration) time.Duration {
	b.last = min(max(2*b.last, low), high)
	return Jitter(b.last)
}

// Reset starts again at Low.
func (b *Backoff) Reset() { b.last = 0 }

// Jitter is a random duration in [d/2, d].
func Jitter(d time.Duration) time.Duration {
	return d/2 + rand.N(d/2+1)
}

// Sleep waits for d or until ctx ends, and returns why it ended.
func Sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
