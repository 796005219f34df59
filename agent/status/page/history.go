package page

import (
	"math"
	"sync"
	"time"

	"shipper/agent/status"
)

const (
	historyFor   = 15 * time.Minute
	historyEvery = 5 * time.Second
)

// sample are the totals of all routes at one moment.
type sample struct {
	Time             int64   `json:"time"` // Unix milliseconds
	DeliveredBytes   int64   `json:"delivered_bytes"`
	DeliveredRecords int64   `json:"delivered_records"`
	LagBytes         int64   `json:"lag_bytes"`
	LagSeconds       float64 `json:"lag_seconds"` // of the route whose oldest byte waits longest
}

// history are the samples of the last 15 minutes, oldest first.
type history struct {
	mu      sync.Mutex
	samples []sample
}

// note adds a snapshot, unless the last one was just now.
func (h *history) note(s *status.Snapshot) {
	now := sample{Time: s.Time.UnixMilli()}
	for i := range s.Routes {
		r := &s.Routes[i]
		now.DeliveredBytes += r.DeliveredBytes
		now.DeliveredRecords += r.DeliveredRecords
		now.LagBytes += r.LagBytes
		if !r.OldestUnread.IsZero() {
			now.LagSeconds = max(now.LagSeconds, s.Time.Sub(r.OldestUnread).Seconds())
		}
	}
	now.LagSeconds = math.Round(now.LagSeconds)
	h.mu.Lock()
	defer h.mu.Unlock()
	if n := len(h.samples); n > 0 {
		passed := now.Time - h.samples[n-1].Time
		if passed >= 0 && passed < historyEvery.Milliseconds() {
			return
		}
		if passed < 0 { // the clock was set back
			h.samples = nil
		}
	}
	for len(h.samples) > 0 && now.Time-h.samples[0].Time > historyFor.Milliseconds() {
		h.samples = h.samples[1:]
	}
	h.samples = append(h.samples, now)
}

// since are the samples after a moment.
func (h *history) since(milliseconds int64) []sample {
	h.mu.Lock()
	defer h.mu.Unlock()
	found := []sample{}
	for _, s := range h.samples {
		if s.Time > milliseconds {
			found = append(found, s)
		}
	}
	return found
}
