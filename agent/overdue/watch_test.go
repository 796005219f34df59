package overdue

import (
	"testing"
	"testing/synctest"
	"time"
)

// TestWatch: a call is overdue between After and twice that, once, and what takes
// long but returns is not.
func TestWatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		taken := 0
		w := New(func() { taken++ })
		w.Start()
		for range 50 {
			w.Begin()
			time.Sleep(After - 1)
			if !w.End() {
				t.Fatal("taken from who was in time")
			}
		}
		time.Sleep(10 * After) // no call
		w.Begin()
		time.Sleep(2*After + 1)
		synctest.Wait()
		if taken != 1 {
			t.Fatalf("taken %d times after twice the time", taken)
		}
		time.Sleep(10 * After)
		synctest.Wait()
		if w.End() || taken != 1 {
			t.Fatalf("taken %d times, or End says otherwise", taken)
		}
		w.Stop()
		w.Start()
		w.Begin()
		w.End()
		w.Stop()
		time.Sleep(10 * After)
		synctest.Wait()
		if taken != 1 {
			t.Fatal("taken after Stop")
		}
	})
}

func TestTally(t *testing.T) {
	var tally Tally
	if tally.Any() || tally.Add(1) != 1 || tally.Add(2) != 2 || tally.Add(1) != 3 || tally.On(1) != 2 {
		t.Error("counted wrongly")
	}
	tally.Done(1)
	if tally.On(1) != 1 || !tally.Any() {
		t.Error("not counted off by one")
	}
	tally.Done(1)
	tally.Done(2)
	if tally.Any() || tally.On(2) != 0 {
		t.Error("something is left")
	}
}
