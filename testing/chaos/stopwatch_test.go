package chaos

import (
	"cmp"
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
			w.pauses = append(w.pauses, pause{begun, now})
		}
	}
	w.last = now
}

// lap returns the pauses since the last lap.
func (w *stopwatch) lap() pauses {
	w.mu.Lock()
	defer w.mu.Unlock()
	p := w.pauses
	w.pauses = nil
	slices.SortFunc(p, func(a, b pause) int { return cmp.Compare(a.length(), b.length()) })
	return p
}

type pause struct{ from, to time.Time }

func (p pause) length() time.Duration { return p.to.Sub(p.from) }

// pauses are of 1 ms at least, the longest last.
type pauses []pause

// long is what is felt.
const long = 100 * time.Millisecond

// felt are those that are long.
func (p pauses) felt() pauses {
	n, _ := slices.BinarySearchFunc(p, long+1, func(one pause, d time.Duration) int { return cmp.Compare(one.length(), d) })
	return p[n:]
}

// without are those during which the others, which go on beside them, have no pause
// of half their length: it was not the machine that paused.
func (p pauses) without(others pauses) (alone pauses) {
	for _, one := range p {
		shared := slices.ContainsFunc(others, func(o pause) bool {
			return o.length() >= one.length()/2 && o.from.Before(one.to) && one.from.Before(o.to)
		})
		if !shared {
			alone = append(alone, one)
		}
	}
	return alone
}

// often is the pause that one of a thousand exceeds.
func (p pauses) often() time.Duration {
	if len(p) == 0 {
		return 0
	}
	return p[len(p)*999/1000].length()
}

func (p pauses) String() string {
	if len(p) == 0 {
		return "none"
	}
	return fmt.Sprintf("median %v, p99.9 %v, longest %v, %d of %d above %v",
		p[len(p)/2].length().Round(100*time.Microsecond), p.often().Round(time.Millisecond),
		p[len(p)-1].length().Round(time.Millisecond), len(p.felt()), len(p), long)
}
