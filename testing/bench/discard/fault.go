package discard

import "time"

// SetAckDelay changes Config.AckDelay for the requests that come from now on.
func (b *Broker) SetAckDelay(d time.Duration) { b.delay.Store(int64(d)) }

// Away breaks all connections, and each new one at once, until Back. Requests
// that are being served are served to their end and their answers are lost.
func (b *Broker) Away() {
	b.away.Store(true)
	b.mu.Lock()
	defer b.mu.Unlock()
	for c := range b.conns {
		c.Close()
	}
}

// Back undoes Away.
func (b *Broker) Back() { b.away.Store(false) }
