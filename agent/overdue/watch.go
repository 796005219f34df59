package overdue

import (
	"sync"
	"time"
)

// After is how long a call may take at least, before it is overdue; it is found so
// at twice that, at most.
const After = 400 * time.Millisecond

// Watch watches the calls of one goroutine, one at a time. Make one with New.
type Watch struct {
	take  func()
	timer *time.Timer

	mu      sync.Mutex
	on      bool
	calling bool
	taken   bool
	calls   uint64
	seen    uint64 // of calls, when it was last looked
}

// New makes a Watch that calls take, from another goroutine, when a call is
// overdue: once for that call, and never after End of it has returned.
func New(take func()) *Watch {
	w := &Watch{take: take}
	w.timer = time.AfterFunc(time.Hour, w.look)
	w.timer.Stop()
	return w
}

// Start begins a row of calls.
func (w *Watch) Start() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.on, w.taken, w.seen = true, false, w.calls
	w.timer.Reset(After)
}

// Stop ends the row.
func (w *Watch) Stop() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.on = false
	w.timer.Stop()
}

// Begin is to be called before a call.
func (w *Watch) Begin() {
	w.mu.Lock()
	w.calling = true
	w.calls++
	w.mu.Unlock()
}

// End is to be called when a call has returned, and tells whether it was in time:
// if not, take was called, and the row is over.
func (w *Watch) End() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.calling = false
	return !w.taken
}

// look is called by the timer. A call that was under way at two looks is overdue.
func (w *Watch) look() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.on {
		return
	}
	if w.calling && w.calls == w.seen {
		w.on, w.taken = false, true
		w.take()
		return
	}
	w.seen = w.calls
	w.timer.Reset(After)
}
