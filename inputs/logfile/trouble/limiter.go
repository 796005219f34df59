package trouble

import "time"

// Limiter lets through 20 messages a minute.
type Limiter struct {
	since      time.Time
	count      int
	suppressed int
}

// Allow tells whether a message may be logged now, and how many were not since the
// last that was.
func (l *Limiter) Allow(now time.Time) (ok bool, suppressed int) {
	if now.Sub(l.since) >= time.Minute {
		l.since, l.count = now, 0
	}
	if l.count++; l.count > 20 {
		l.suppressed++
		return false, 0
	}
	suppressed, l.suppressed = l.suppressed, 0
	return true, suppressed
}
