package outputs

import "sync"

// Rush is what a Pacer's waits end by. It is safe for concurrent use.
type Rush struct {
	mu    sync.Mutex
	done  chan struct{} // closed while somebody rushes
	hands int           // that rush
}

// NewRush makes a Rush while nobody rushes.
func NewRush() *Rush { return &Rush{done: make(chan struct{})} }

// Begin ends all waits, also those to come, until end is called, once.
func (r *Rush) Begin() (end func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.hands++; r.hands == 1 {
		close(r.done)
	}
	return func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.hands--; r.hands == 0 {
			r.done = make(chan struct{})
		}
	}
}

// Done is closed when a wait that begins now is to end.
func (r *Rush) Done() <-chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.done
}
