package local

import (
	"sync"
	"time"

	"shipper/outputs"
)

// health is what Status tells. It has its own lock, so that people can look
// while a write waits for the disk.
type health struct {
	name string // of the one peer

	mu      sync.Mutex
	since   time.Time
	lastErr string // "" while healthy
}

// set records the outcome of an attempt.
func (h *health) set(err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	was, text := h.lastErr == "", ""
	if err != nil {
		text = err.Error()
	}
	if h.since.IsZero() || was != (err == nil) {
		h.since = time.Now()
	}
	h.lastErr = text
}

func (h *health) status() outputs.Status {
	h.mu.Lock()
	defer h.mu.Unlock()
	healthy := h.lastErr == ""
	return outputs.Status{
		Healthy: healthy, Since: h.since, LastError: h.lastErr,
		Peers: []outputs.Peer{{Name: h.name, Healthy: healthy, LastError: h.lastErr}},
	}
}
