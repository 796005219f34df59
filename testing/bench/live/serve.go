package live

import (
	"context"

	"shipper/testing/bench/discard"
)

// Serve runs a broker in this process, whose lines a hears of, until stop is
// called. It holds producers to their sequence numbers.
func Serve(ctx context.Context, a *Arrivals) (b *discard.Broker, stop func(), err error) {
	if b, err = discard.Listen("127.0.0.1:0", discard.Config{Check: true, Take: a.Take}); err != nil {
		return nil, nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	served := make(chan struct{})
	go func() {
		_ = b.Serve(ctx) // whoever writes to it will notice
		close(served)
	}()
	return b, func() { cancel(); <-served }, nil
}
