package backoff

import (
	"math/rand/v2"
	"time"

	"shipper/outputs"
)

// The back-off after the n-th failed attempt: 100 ms doubled each time up to a
// ceiling, of which a random half is taken, so that a thousand hosts do not come
// back in step.
const (
	first = 100 * time.Millisecond
	most  = 5 * time.Second
	auth  = 30 * time.Second // a wrong password locks accounts if tried often
)

// After is how long to wait after the n-th failed attempt in a row.
func After(failures int, class outputs.Class) time.Duration {
	ceiling := most
	if class == outputs.AuthError {
		ceiling = auth
	}
	d := ceiling
	if failures < 16 {
		d = min(ceiling, first<<max(failures-1, 0))
	}
	return d/2 + rand.N(d/2)
}
