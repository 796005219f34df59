package kafka

import (
	"testing"
	"time"
)

// What waited for its turn was not sent.
func TestMaxRateHoldsWritesBack(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.MaxRate = 64 << 10; noCodec(c) })
	s := w.shard()
	long := string(make([]byte, 32<<10))
	start := time.Now()
	for range 5 {
		w.deliver(w.batch(s, long))
	}
	if took := time.Since(start); took < time.Second {
		t.Errorf("160 KiB at 64 KiB a second took %v", took)
	}
}
