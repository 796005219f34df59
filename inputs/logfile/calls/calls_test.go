package calls

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// TestWait: a call that gets on is waited for however long it takes, one that hangs
// for twice Patience at most; it comes by Late, and its device is Full before all are.
func TestWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var lock sync.Mutex
		g := NewGroup(&lock)
		lock.Lock()
		defer lock.Unlock()
		slow := g.Go(1, func(c *Call) {
			for range 20 {
				time.Sleep(Patience / 2)
				c.Step()
			}
		}, nil)
		if begun := time.Now(); !slow.Wait() || time.Since(begun) < 10*Patience {
			t.Error("a call that gets on was not waited for")
		}
		over, finished := make(chan struct{}), 0
		begin := func(device uint64) {
			c := g.Go(device, func(c *Call) {
				lock.Lock() // it has it while it is waited for
				defer lock.Unlock()
				c.Outside(func() { <-over })
			}, func() { finished++ })
			if begun := time.Now(); c.Wait() || time.Since(begun) > 2*Patience {
				t.Errorf("a call that hangs was waited for %v", time.Since(begun))
			}
		}
		begin(1)
		if g.Full(1) {
			t.Error("one call that hangs fills a device")
		}
		begin(1)
		if !g.Full(1) || g.Full(2) {
			t.Error("two calls that hang fill their device, and no other")
		}
		for device := uint64(2); !g.Full(100); device++ {
			begin(device)
		}
		n := g.Hung()
		if n != most {
			t.Errorf("%d calls hang, want %d at most", n, most)
		}
		close(over)
		for range n {
			lock.Unlock()
			c := <-g.Late
			lock.Lock()
			c.Over()
		}
		if g.Hung() != 0 || finished != n || g.Full(1) {
			t.Errorf("%d of %d are finished, %d hang still", finished, n, g.Hung())
		}
	})
}
