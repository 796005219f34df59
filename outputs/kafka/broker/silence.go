package broker

import (
	"time"

	"shipper/outputs/kafka/wire"
)

// loan is a connection that is lent to a Write.
type loan struct {
	timer *time.Timer // looks for silence
	// excess: it was lent while MaxSilent others were, and the broker answered.
	excess bool
}

// lend notes who has a connection, and looks after a second whether the broker
// has fallen silent.
func (b *Broker) lend(c *wire.Conn) {
	b.mu.Lock()
	defer b.mu.Unlock()
	l := &loan{excess: b.env.MaxSilent > 0 && b.inflight > b.env.MaxSilent}
	l.timer = time.AfterFunc(silentAfter, func() { b.listen(c) })
	b.lent[c] = l
	if b.retired {
		c.Abort()
	}
}

// listen acts on silence. The partitions may have found another leader, so that
// metadata is asked for. A Write beyond MaxSilent is ended: its batch is
// unresolved, and its lane is free for other brokers.
func (b *Broker) listen(c *wire.Conn) {
	b.mu.Lock()
	l := b.lent[c]
	if l == nil {
		b.mu.Unlock()
		return
	}
	left := silentAfter - time.Since(b.sign)
	if left <= 0 && l.excess && b.inflight-b.relieved > b.env.MaxSilent {
		b.relieved++
		c.Abort()
	} else {
		l.timer.Reset(max(left, silentAfter/2))
	}
	b.mu.Unlock()
	if left <= 0 {
		b.env.Refresh()
	}
}

// leave ends a Write, on c if it had come to that, and tells whether it was ended
// before its time.
func (b *Broker) leave(c *wire.Conn, answered bool) (aborted bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.inflight--
	if answered {
		b.sign, b.trial = time.Now(), false
	}
	l := b.lent[c]
	if l == nil {
		return false
	}
	l.timer.Stop()
	delete(b.lent, c)
	if aborted = c.Aborted(); aborted && !b.retired {
		b.relieved--
	}
	return aborted
}
