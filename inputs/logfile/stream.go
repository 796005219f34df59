package logfile

import (
	"math"
	"slices"

	"shipper/inputs"
	"shipper/inputs/logfile/lineage"
)

// stream is a log, that is its files in the order of shipping. Guarded by Input.mu.
type stream struct {
	lineage.List[*file]
	public   *inputs.Stream
	captures []inputs.Header
	match    map[string]string // captures again, for expressions
	cursors  []*Cursor
	woken    bool   // in a list of streams to be woken
	lively   bool   // in the list of those that Track looks at
	empty    uint32 // seconds since 1970, when it was first found without files; 0 if it has some
}

// needs tells whether f, which is gone for good and in the list no more, must
// stay known for what the stream still has: as the eldest, since what is older
// than that may be history, or because something older is still to be
// shipped, which is late now.
func (s *stream) needs(f *file) bool {
	return s.Eldest(f.order) || slices.ContainsFunc(s.All(), func(g *file) bool {
		return g.order < f.order && !g.finished()
	})
}

// begun is the order of the newest generation that all routes have begun, or gone
// beyond.
func (s *stream) begun() uint64 {
	order := uint64(math.MaxUint64)
	for _, c := range s.cursors {
		order = min(order, c.begun)
	}
	return order
}
