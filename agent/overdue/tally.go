package overdue

import (
	"sync"
	"sync/atomic"
)

// Tally counts the calls that are overdue, by device. The zero value is ready, and
// its methods are for any goroutine.
type Tally struct {
	all atomic.Int64
	mu  sync.Mutex
	by  map[uint64]int
}

// Add counts one call more, and returns how many there are on all devices.
func (t *Tally) Add(device uint64) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.by == nil {
		t.by = map[uint64]int{}
	}
	t.by[device]++
	return int(t.all.Add(1))
}

// Done takes back what Add counted.
func (t *Tally) Done(device uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.by[device]--; t.by[device] == 0 {
		delete(t.by, device)
	}
	t.all.Add(-1)
}

// Any tells, at the cost of reading one number, whether any is overdue.
func (t *Tally) Any() bool { return t.all.Load() > 0 }

// On is how many are overdue on a device.
func (t *Tally) On(device uint64) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.by[device]
}
