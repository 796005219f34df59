package routes

import (
	"testing"

	"shipper/checkpoint"
)

// build writes the watermarks that new routes inherit first, and the routes'
// names in a later commit. A crash in between leaves watermarks without a name;
// the number goes to whatever route is new at the next start.
func TestNumberOfARouteWithoutNameIsNotGivenAgain(t *testing.T) {
	dir := t.TempDir()
	s, err := checkpoint.Open(dir, checkpoint.Options{})
	if err != nil {
		t.Fatal(err)
	}
	old := checkpoint.Route{ID: 1, Input: "old", Output: "kafka.a", Destination: here}
	s.Commit(&checkpoint.Changes{Routes: []checkpoint.Route{old},
		Identities: []checkpoint.Identity{{ID: 10, Path: "/x", Inode: 1}},
		Offsets:    []checkpoint.Offset{{Generation: 10, Route: 1, Watermark: mark(500)}}})
	renamed := checkpoint.Route{Input: "new", Output: "kafka.a", Destination: here}
	_, inherited := New(s.State(), []checkpoint.Route{renamed}).Number(renamed, everything)
	s.Commit(&checkpoint.Changes{Offsets: inherited}) // SIGKILL here
	_ = s.Close()
	if s, err = checkpoint.Open(dir, checkpoint.Options{}); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	other := checkpoint.Route{Input: "old", Output: "kafka.elsewhere", Destination: there}
	got, inherited := New(s.State(), []checkpoint.Route{old, other}).Number(other, everything)
	if w := s.State().Generations[10].Watermarks[got.ID]; len(inherited) == 0 && w.Offset != 0 {
		t.Errorf("a route to another cluster that never shipped a byte starts at %d", w.Offset)
	}
}
