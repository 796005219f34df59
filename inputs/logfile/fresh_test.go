package logfile

import "testing"

// StartAtEnd concerns a route that is added later, and no other: what the others have
// not shipped yet is shipped.
func TestStartAtEndOfARouteThatIsAdded(t *testing.T) {
	for _, fresh := range []bool{true, false} {
		r := newRig(t, nil)
		r.append("app.log", "old 1", "old 2")
		r.step()
		r.append("app.log", "unshipped")
		r.stop()
		r.cfg.StartAtEnd = true
		r.start()
		// The route that was there becomes the second one.
		in, err := New(r.cfg, Env{AgentID: "agent", Host: "host", Routes: 2, Fresh: []bool{fresh, false}, Descriptors: r.budget,
			Saved: savedAsRoute(r.saved, 1), Wake: r.in.env.Wake})
		if err != nil {
			t.Fatal(err)
		}
		defer in.Close()
		in.scan()
		files := in.Files()
		want := int64(len("old 1\nold 2\nunshipped\n"))
		if !fresh {
			want = 0 // an earlier process was to ship it there, and could not
		}
		if len(files) != 1 || files[0].Routes[0].Offset != want || files[0].Routes[1].Offset != int64(len("old 1\nold 2\n")) {
			t.Errorf("fresh %v: %+v", fresh, files)
		}
	}
}

// savedAsRoute is what was saved for route 0 as if it had been another route.
func savedAsRoute(saved map[uint64]*Saved, route int) []Saved {
	var all []Saved
	for _, s := range saved {
		c := *s
		c.Positions = map[int]Position{route: s.Positions[0]}
		all = append(all, c)
	}
	return all
}
