package kafka

import (
	"math/rand/v2"
	"time"
)

// backoff doubles a delay from low to high. Its zero value starts at low.
type backoff struct {
	low, high, last time.Duration
}

// next is the delay before the next try: half of it fixed and half random, so
// that a thousand agents do not come back at the same moment.
func (b *backoff) next() time.Duration {
	b.last = min(max(2*b.last, b.low), b.high)
	return jitter(b.last)
}

func (b *backoff) reset() { b.last = 0 }

// jitter is a random duration in [d/2, d].
func jitter(d time.Duration) time.Duration {
	return d/2 + rand.N(d/2+1)
}
