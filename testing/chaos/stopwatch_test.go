package chaos

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"shipper/testing/workload"
)

// stopwatch finds the pauses of a source: times in which lines of it were waiting
// in the file and none arrived.
type stopwatch struct {
	source string

	mu      sync.Mutex
	written []written // in order
	last    time.Time // when a line arrived
	pauses  pauses
}

// written is when the file had so many lines.
type written struct {
	lines uint64
	at    time.Time
}

func newStopwatch(source string) *stopwatch { return &stopwatch{source: source} }

// wrote is told how many lines the file has now.
func (w *stopwatch) wrote(lines uint64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.written = append(w.written, written{lines, time.Now()})
}

// heard is told of every line that arrives.
func (w *stopwatch) heard(value []byte) {
	line, err := workload.ParseLine(value)
	if err != nil || string(line.Source) != w.source {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	now := time.Now()
	for len(w.written) > 0 && w.written[0].lines <= line.Sequence {
		w.written = w.written[1:]
	}
	if len(w.written) > 0 && !w.last.IsZero() { // else it arrives before its write has returned
		begun := w.last
		if at := w.written[0].at; at.After(begun) {
			begun = at
		}
		if d := now.Sub(begun); d >= time.Millisecond {
			w.pauses = append(w.pauses, d)
		}
	}
	w.last = now
}

// lap returns the pauses since the last lap, sorted.
func (w *stopwatch) lap() pauses {
	w.mu.Lock()
	defer w.mu.Unlock()
	p := w.pauses
	w.pauses = nil
	slices.Sort(p)
	return p
}

// pauses are sorted, and of 1 ms at least.
type pauses []time.Duration

// often is the pause that one of a thousand exceeds.
func (p pauses) often() time.Duration {
	if len(p) == 0 {
		return 0
	}
	return p[len(p)*999/1000]
}

func (p pauses) String() string {
	if len(p) == 0 {
		return "none"
	}
	long := 0
	for _, d := range p {
		if d > 100*time.Millisecond {
			long++
		}
	}
	return fmt.Sprintf("median %v, p99.9 %v, longest %v, %d of %d above 100 ms",
		p[len(p)/2].Round(100*time.Microsecond), p.often().Round(time.Millisecond), p[len(p)-1].Round(time.Millisecond), long, len(p))
}
