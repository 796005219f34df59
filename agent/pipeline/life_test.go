package pipeline

import (
	"testing"
	"time"
)

// A halt cuts off what is in hand, also of the lanes that served the pipeline before
// it got others.
func TestHaltCutsOffLanesOfBefore(t *testing.T) {
	out := &scripted{hangs: make(chan struct{}, 100)}
	r := newRig(t, out)
	r.begin("x", 5)
	<-out.hangs
	r.pipe.Resize(5, 32<<10)
	halted := make(chan struct{})
	go func() {
		defer close(halted)
		r.pipe.Halt(time.Millisecond)
	}()
	select {
	case <-halted:
	case <-time.After(patience):
		t.Fatal("an attempt that hangs keeps the pipeline from being halted")
	}
	r.stop()
}
