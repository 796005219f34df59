package broker

import (
	"context"
	"time"

	"shipper/outputs/kafka/wire"
)

// probe tries the broker until it answers. Dialling includes a request for its
// versions, and authentication.
func (b *Broker) probe(ctx context.Context) {
	pause := Backoff{Low: proberLow, High: probeHigh}
	b.mu.Lock()
	err := b.held
	b.mu.Unlock()
	var took time.Duration // a try that timed out has waited already
	for {
		if Sleep(ctx, max(pause.After(err)-took, proberLow)) != nil {
			return
		}
		start := time.Now()
		if b.env.Pace.Wait(ctx, start.Add(time.Minute)) != nil {
			return
		}
		var c *wire.Conn
		c, err = b.dial(ctx, time.Now().Add(dialTimeout))
		took = time.Since(start)
		b.mu.Lock()
		switch {
		case b.retired:
			b.mu.Unlock()
			if err == nil {
				_ = c.Close()
			}
			return
		case err == nil:
			b.env.Log.Info("broker is up", keyBroker, b.addr, "down_for", time.Since(b.since).Round(time.Millisecond))
			b.held, b.trial = nil, true
			b.free = append(b.free, idleConn{c, time.Now()})
			b.mu.Unlock()
			b.env.Refresh()
			return
		}
		if ctx.Err() == nil {
			b.held = err
		}
		b.mu.Unlock()
	}
}
