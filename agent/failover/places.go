package failover

import (
	"time"

	"shipper/inputs/logfile/vfs"
)

// Places are the Asides of an input's routes, by number; nil for routes without a
// failover. It implements vfs.Elsewhere.
type Places []*Aside

// Span implements vfs.Elsewhere.
func (p Places) Span(route int, generation uint64, offset int64) (start, end int64, ok bool) {
	if route >= len(p) || p[route] == nil {
		return 0, 0, false
	}
	return p[route].Span(generation, offset)
}

// Holds implements vfs.Elsewhere.
func (p Places) Holds(route int, generation uint64, start, end int64) bool {
	return route < len(p) && p[route] != nil && p[route].Holds(generation, start, end, time.Now())
}

// Reach implements vfs.Elsewhere.
func (p Places) Reach(route int, generation uint64, offset int64, ready func()) (end int64) {
	return reader{aside: p[route], generation: generation}.reach(offset, ready)
}

// Open implements vfs.Elsewhere.
func (p Places) Open(route int, generation uint64, until <-chan struct{}) vfs.File {
	return &file{reader: reader{aside: p[route], generation: generation}, until: until}
}
