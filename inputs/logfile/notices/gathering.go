package notices

import (
	"time"

	"github.com/fsnotify/fsnotify"
)

const (
	gatherMin  = 5 * time.Millisecond // from one drain to the next, at least
	gatherMax  = 100 * time.Millisecond
	gatherLong = 20 * pause
	// steady is how many events in one drain make it worth while not to be woken by
	// the first of the next ones.
	steady = 2
)

// Gathering says when events are taken in. To be told of each by itself costs more
// than to read what was written: they gather for a while after the first one and,
// as long as they keep coming, from one drain to the next. Meanwhile the watcher
// stands still, and the kernel keeps them.
type Gathering struct {
	Events <-chan fsnotify.Event // the watcher's, nil while events gather
	Errors <-chan error          // likewise
	Over   <-chan time.Time      // it is time for a drain
	Eager  bool                  // the first event is not to wait
	Long   bool                  // so that many may come

	watcher *Watcher
	over    *time.Timer
	least   time.Duration
	next    time.Duration // how long, the next time
}

// Gather returns a Gathering that waits for the first event. Events gather for so
// long; 0: the first one is not to wait for others, which do. It is for one goroutine.
func (w *Watcher) Gather(linger time.Duration) *Gathering {
	over := time.NewTimer(time.Hour)
	over.Stop()
	g := &Gathering{Events: w.Events, Errors: w.Errors, Over: over.C, Eager: linger == 0, Long: linger >= gatherLong, watcher: w, over: over, least: linger}
	if g.Eager {
		g.least = gatherMin
	}
	g.next = g.least
	return g
}

// Begin has events gather: the first has come.
func (g *Gathering) Begin() { g.begin(g.next) }

func (g *Gathering) begin(long time.Duration) {
	g.Events, g.Errors = nil, nil
	g.over.Reset(long)
}

// End says what comes next, after a drain of n events.
func (g *Gathering) End(n int) {
	if n >= Flood {
		g.next = max(g.next, min(2*g.next, gatherMax))
	} else {
		g.next = max(g.next/2, g.least)
	}
	if n >= steady && !g.Eager {
		// As far as can be told the first of the next ones comes so much later.
		g.begin(g.next + g.next/time.Duration(n))
		return
	}
	g.Events, g.Errors = g.watcher.Events, g.watcher.Errors
}

// Stop ends it.
func (g *Gathering) Stop() { g.over.Stop() }
