package logfile

import (
	"testing"
	"time"

	"shipper/inputs/logfile/names"
)

// TestHeldByWhatHasNoPlaceYet: a file that is not begun, and whose order is a guess, is
// held by an older one that is about to get its place, whatever the orders say.
func TestHeldByWhatHasNoPlaceYet(t *testing.T) {
	r := newRig(t, nil)
	s := &stream{}
	c := &Cursor{in: r.in, stream: s}
	of := func(name string, id, order uint64) *file {
		return &file{stream: s, name: names.Parse(name), id: id, order: order, routes: make([]route, 1)}
	}
	for _, x := range []struct {
		older, newer *file
		held         bool
	}{
		{of("app.log-20260102-000001.gz", 0, 0), of("app.log-20260102-000002.gz", 0, 5), true},
		{of("app.log-20260102-000001.gz", 1, 4), of("app.log-20260102-000002.gz", 0, 5), true},
		{of("app.log-20260102-000001.gz", 1, 6), of("app.log-20260102-000002.gz", 0, 5), true}, // 5 is a guess
		{of("app.log-20260102-000001.gz", 1, 6), of("app.log-20260102-000002.gz", 2, 5), false},
		{of("app.log-20260102-000002.gz", 1, 6), of("app.log-20260102-000001.gz", 0, 5), false},
	} {
		x.older.aside = true
		r.in.unexamined = map[*file]time.Time{x.older: r.clock}
		if held := c.held(x.newer, r.clock); held != x.held {
			t.Errorf("unexamined: %s with order %d, before %s with %d: held %v", x.older.name.Stem, x.older.order, x.newer.name.Stem, x.newer.order, held)
		}
		r.in.unexamined = map[*file]time.Time{}
		r.in.claims = []*claim{{absence: &absence{}, stream: s, since: r.clock, heir: x.older}}
		if held := c.held(x.newer, r.clock); held != x.held {
			t.Errorf("heir: order %d before %d: held %v", x.older.order, x.newer.order, held)
		}
		r.in.claims = nil
	}
}
