package notices

import "time"

const (
	gatherMin = 5 * time.Millisecond // from one drain to the next, at least
	gatherMax = 100 * time.Millisecond
	// flood is how many events in one drain are too many: the next one is to come later.
	flood = 200
	// steady is how many events in one drain make it worth while not to be woken by
	// the first of the next ones.
	steady = 2
)

// Gathering says when a watcher is to be drained. To be told of each event by itself
// costs more than to read what was written: they gather for a while after the first one
// and, as long as they keep coming, from one drain to the next. Meanwhile the kernel
// keeps them.
type Gathering struct {
	First <-chan struct{}  // an event has come, after a while without any
	Over  <-chan time.Time // it is time for a drain
	Eager bool             // the first event is not to wait

	watcher Watcher
	over    *time.Timer
	least   time.Duration
	next    time.Duration // how long, the next time
}

// Gather returns a Gathering that waits for the first event. Events gather for so
// long; 0: the first one is not to wait for others, which do. It is for one goroutine.
func Gather(w Watcher, linger time.Duration) *Gathering {
	over := time.NewTimer(time.Hour)
	over.Stop()
	g := &Gathering{First: w.Ready(), Over: over.C, Eager: linger == 0, watcher: w, over: over, least: linger}
	if g.Eager {
		g.least = gatherMin
	}
	g.next = g.least
	w.Await()
	return g
}

// Begin has events gather: the first has come.
func (g *Gathering) Begin() { g.over.Reset(g.next) }

// End says what comes next, after a drain of n events.
func (g *Gathering) End(n int) {
	if n >= flood {
		g.next = max(g.next, min(2*g.next, gatherMax))
	} else {
		g.next = max(g.next/2, g.least)
	}
	if n >= steady && !g.Eager {
		// As far as can be told the first of the next ones comes so much later.
		g.over.Reset(g.next + g.next/time.Duration(n))
		return
	}
	g.watcher.Await()
}

// Stop ends it.
func (g *Gathering) Stop() { g.over.Stop() }
