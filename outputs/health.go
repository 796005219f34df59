package outputs

import (
	"sync"
	"time"
)

// Health is what an output with one place behind it tells in its Status: how its
// last attempt ended. Its methods are safe for concurrent use, and it has its own
// lock, so that people can look while a write waits.
type Health struct {
	name string // of the one peer

	mu      sync.Mutex
	since   time.Time
	lastErr string // "" while healthy
}

// NewHealth is that of an output which is healthy from now on. The name is the
// place's, for people.
func NewHealth(name string) *Health { return &Health{name: name, since: time.Now()} }

// Set records the outcome of an attempt.
func (h *Health) Set(err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	was, text := h.lastErr == "", ""
	if err != nil {
		text = err.Error()
	}
	if was != (err == nil) {
		h.since = time.Now()
	}
	h.lastErr = text
}

// Status is the output's.
func (h *Health) Status() Status {
	h.mu.Lock()
	defer h.mu.Unlock()
	healthy := h.lastErr == ""
	return Status{
		Healthy: healthy, Since: h.since, LastError: h.lastErr,
		Peers: []Peer{{Name: h.name, Healthy: healthy, LastError: h.lastErr}},
	}
}
