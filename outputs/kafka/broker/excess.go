package broker

import (
	"time"

	"shipper/outputs/kafka/wire"
)

// watch sees to it that a Write which was admitted beyond MaxSilent, while the
// broker answered, does not stay when it falls silent.
func (b *Broker) watch(c *wire.Conn) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.env.MaxSilent <= 0 || b.inflight <= b.env.MaxSilent {
		return
	}
	if b.excess == nil {
		b.excess = make(map[*wire.Conn]*time.Timer)
	}
	b.excess[c] = time.AfterFunc(silentAfter, func() { b.relieve(c) })
}

// relieve ends a Write beyond MaxSilent if the broker is silent: its request
// remains unresolved, and its lane is free for other brokers.
func (b *Broker) relieve(c *wire.Conn) {
	b.mu.Lock()
	defer b.mu.Unlock()
	timer := b.excess[c]
	if timer == nil {
		return
	}
	if left := silentAfter - time.Since(b.sign); left > 0 {
		timer.Reset(left)
		return
	}
	delete(b.excess, c)
	if b.inflight-b.relieved > b.env.MaxSilent {
		b.relieved++
		c.Abort()
	}
}
