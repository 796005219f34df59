package rate

import (
	"context"
	"errors"
	"testing"
	"time"

	"shipper/outputs"
)

// Over time exactly the rate is sent, counted as compressed, whatever is guessed
// before.
func TestRateIsKept(t *testing.T) {
	r := New(1 << 20)
	start := time.Now()
	now, sent := start, 0
	for range 500 {
		g, wait := r.reserve(now, 512<<10)
		now = now.Add(max(wait, 0))
		wire := 100 << 10 // of 512 KiB
		r.Settle(g, wire)
		sent += wire
	}
	got := float64(sent) / now.Sub(start).Seconds()
	if got < 0.98*(1<<20) || got > 1.05*(1<<20) {
		t.Errorf("%.0f bytes a second, %d are allowed", got, 1<<20)
	}
}

// An idle output may send at once, but saves up no more than a second's worth.
func TestRateSavesUpOneSecond(t *testing.T) {
	r := New(1 << 20)
	now := time.Now()
	g, _ := r.reserve(now, 1)
	r.Settle(g, 1)
	now = now.Add(time.Hour)
	sent := 0
	for {
		g, wait := r.reserve(now, 64<<10)
		if wait > 0 {
			break
		}
		r.Settle(g, 64<<10)
		sent += 64 << 10
	}
	if sent < 1<<20 || sent > 1<<20+2*64<<10 {
		t.Errorf("%d bytes at once", sent)
	}
}

func TestRateThatIsNotAwaitedIsNotUsedUp(t *testing.T) {
	r := New(64 << 10)
	if _, err := r.Admit(t.Context(), 128<<10); err != nil {
		t.Fatal(err)
	}
	before := r.until
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := r.Admit(ctx, 128<<10); err == nil {
		t.Fatal("admitted")
	}
	if !r.until.Equal(before) {
		t.Errorf("moved by %v", r.until.Sub(before))
	}
	if g, err := (*Rate)(nil).Admit(ctx, 1); g != (Guess{}) || err != nil {
		t.Error("no rate is no reason to wait")
	}
}

// Rush ends the waits under way and those to come, and what waited costs nothing.
func TestRush(t *testing.T) {
	r := New(1)
	if _, err := r.Admit(t.Context(), 1<<20); err != nil { // a second's worth was saved up
		t.Fatal(err)
	}
	waits := make(chan error)
	go func() {
		_, err := r.Admit(t.Context(), 1<<20)
		waits <- err
	}()
	end, other := r.Rush(), r.Rush()
	if err := <-waits; !errors.Is(err, outputs.ErrRushed) {
		t.Error(err)
	}
	other()
	if _, err := r.Admit(t.Context(), 1); !errors.Is(err, outputs.ErrRushed) {
		t.Error(err)
	}
	end()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := r.Admit(ctx, 1); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if _, wait := r.reserve(time.Now(), 0); wait > (1<<20)*time.Second {
		t.Errorf("%v are to be waited for what was not sent", wait)
	}
}
