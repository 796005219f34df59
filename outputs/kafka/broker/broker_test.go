package broker

import (
	"net"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"

	"shipper/outputs/kafka/wire"
	"shipper/testing/await"
)

// remembered notes what a broker has accepted, so that a test can close it.
type remembered struct {
	net.Listener
	conns chan net.Conn
}

func (r *remembered) Accept() (net.Conn, error) {
	c, err := r.Listener.Accept()
	if err == nil {
		r.conns <- c
	}
	return c, err
}

// TestIdleConnectionIsLookedAt: nothing is sent into a connection that the broker has
// closed while nobody used it; one that has just answered is used as it is.
func TestIdleConnectionIsLookedAt(t *testing.T) {
	accepted := make(chan net.Conn, 10)
	c, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.ListenFn(func(network, addr string) (net.Listener, error) {
		l, err := net.Listen(network, addr)
		return &remembered{l, accepted}, err
	}))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	b := New(&Env{Dialer: &wire.Dialer{ClientID: "shipper"}, Refresh: func() {}}, 0, c.ListenAddrs()[0])
	defer b.Retire()
	take := func() *wire.Conn {
		t.Helper()
		conn, err := b.Take(t.Context(), time.Now().Add(time.Minute))
		if err != nil {
			t.Fatal(err)
		}
		b.Release(t.Context(), conn, 0, nil)
		return conn
	}
	answered := func(ago time.Duration) {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.free[0].since = time.Now().Add(-ago)
	}
	first := take()
	answered(unseen)
	if take() != first {
		t.Fatal("a connection that lives is not used again")
	}
	_ = (<-accepted).Close()
	await.True(t, time.Minute, "the end has arrived", func() bool { return !first.Idle() })
	answered(-time.Minute) // less than unseen ago, however slow this is
	if len(b.free) != 1 || take() != first {
		t.Error("a connection that has just answered is looked at")
	}
	answered(unseen)
	if take() == first {
		t.Error("a connection is lent that the broker has closed while it was idle")
	}
}
