package edit

import (
	"crypto/sha256"
	"encoding/binary"
	"maps"
	"slices"

	"shipper/checkpoint"
)

// Replace makes next of old.
func Replace(old, next checkpoint.State) *checkpoint.Changes {
	c := &checkpoint.Changes{
		Forget:        slices.Sorted(maps.Keys(old.Generations)),
		DropRoutes:    slices.Sorted(maps.Keys(old.Routes)),
		ForgetChoices: slices.Collect(maps.Keys(old.Choices)),
		Choices:       next.Choices,
		Owner:         &next.Owner,
		Notes:         map[string]string{},
	}
	for name := range old.Notes {
		c.Notes[name] = ""
	}
	maps.Copy(c.Notes, next.Notes)
	for _, id := range slices.Sorted(maps.Keys(next.Routes)) {
		c.Routes = append(c.Routes, next.Routes[id])
	}
	for _, g := range Generations(next) {
		addGeneration(c, g)
	}
	return c
}

func addGeneration(c *checkpoint.Changes, g *checkpoint.Generation) {
	c.Identities = append(c.Identities, g.Identity)
	for _, id := range slices.Sorted(maps.Keys(g.Watermarks)) {
		c.Offsets = append(c.Offsets, checkpoint.Offset{Generation: g.ID, Route: id, Watermark: g.Watermarks[id]})
	}
}

// Reset sets the offsets of some routes in one generation to 0, and returns how
// many bytes each of them had acknowledged there and will ship again. The
// generation itself stays known, and so does its id: what is shipped again has
// the ids it had before.
func Reset(g *checkpoint.Generation, routes []checkpoint.RouteID) (*checkpoint.Changes, map[checkpoint.RouteID]int64) {
	// An offset can't be lowered, so that nothing can lower one by mistake: the
	// generation is forgotten and put back, in one commit.
	next := &checkpoint.Generation{Identity: g.Identity, Watermarks: maps.Clone(g.Watermarks)}
	again := map[checkpoint.RouteID]int64{}
	for _, r := range routes {
		if w, ok := next.Watermarks[r]; ok {
			again[r] = w.Offset
			next.Watermarks[r] = checkpoint.Watermark{}
		}
	}
	c := &checkpoint.Changes{Forget: []uint64{g.ID}}
	addGeneration(c, next)
	return c, again
}

// ResetRoute sets the offsets of a route in every generation to 0, and forgets
// what cluster took its lines. It returns how many bytes it had acknowledged in
// how many generations.
func ResetRoute(s checkpoint.State, id checkpoint.RouteID) (c *checkpoint.Changes, generations int, bytes int64) {
	r := s.Routes[id]
	r.Cluster = ""
	c = &checkpoint.Changes{DropRoutes: []checkpoint.RouteID{id}, Routes: []checkpoint.Route{r}}
	for _, g := range Generations(s) {
		if w, ok := g.Watermarks[id]; ok {
			generations++
			bytes += w.Offset
			c.Offsets = append(c.Offsets, checkpoint.Offset{Generation: g.ID, Route: id})
		}
	}
	return c, generations, bytes
}

// NewIDs gives every generation another id, made from the old one and the id of
// an agent, or what tells it from others: two agents that begin with copies of one
// state must not give different lines the same id. The same agent always makes the
// same of them.
func NewIDs(s checkpoint.State, agent string) *checkpoint.Changes {
	c := &checkpoint.Changes{}
	for _, g := range Generations(s) {
		b := binary.LittleEndian.AppendUint64(nil, g.ID)
		sum := sha256.Sum256(append(b, agent...))
		next := &checkpoint.Generation{Identity: g.Identity, Watermarks: g.Watermarks}
		next.ID = max(binary.LittleEndian.Uint64(sum[:]), 1)
		c.Forget = append(c.Forget, g.ID)
		addGeneration(c, next)
	}
	return c
}

// TakeOver gives the route to the offsets of the route from: what from has
// acknowledged is not shipped by to. Where to has an offset, the larger of both
// counts. A to that is new gets the next free id, and its cluster is stored as it
// is given: "" is whichever answers first. It returns the changes, and the number
// of generations and bytes that to passes over.
func TakeOver(s checkpoint.State, to checkpoint.Route, from checkpoint.RouteID) (c *checkpoint.Changes, generations int, bytes int64) {
	if to.ID == 0 {
		for id := range s.Routes {
			to.ID = max(to.ID, id)
		}
		to.ID++
	}
	c = &checkpoint.Changes{Routes: []checkpoint.Route{to}}
	for _, g := range Generations(s) {
		w, ok := g.Watermarks[from]
		if have := g.Watermarks[to.ID]; !ok || have.Offset >= w.Offset {
			continue
		}
		generations++
		bytes += w.Offset - g.Watermarks[to.ID].Offset
		c.Offsets = append(c.Offsets, checkpoint.Offset{Generation: g.ID, Route: to.ID, Watermark: w})
	}
	return c, generations, bytes
}

// FindRoute finds the route of two labels; the output's is with its kind.
func FindRoute(s checkpoint.State, input, output string) (checkpoint.Route, bool) {
	for _, r := range s.Routes {
		if r.Input == input && r.Output == output {
			return r, true
		}
	}
	return checkpoint.Route{}, false
}
