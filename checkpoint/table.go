package checkpoint

import (
	"maps"
	"slices"

	"shipper/checkpoint/frame"
)

// table is the store's own copy of the state: what snapshots are made from.
type table struct {
	generations map[uint64]*entry
	routes      map[RouteID]Route
	choices     map[Choice]Shard
	owner       Owner
	notes       map[string]string
	// foreign holds frames (type and payload) that a newer version wrote and
	// asked to be kept; see the package documentation.
	foreign [][]byte
	// lowered counts offsets that were ignored because they were below the
	// known one. Offsets never decrease within a generation (I3).
	lowered uint64
}

func newTable() *table {
	return &table{
		generations: make(map[uint64]*entry),
		routes:      make(map[RouteID]Route),
		choices:     make(map[Choice]Shard),
		notes:       make(map[string]string),
	}
}

// seenGrain is how coarse LastSeen is kept, in seconds.
const seenGrain = 3600

// entry is what the table holds of a generation: a Generation whose watermarks
// are a slice, because there are as many entries as known files, and few of them
// have more than one route.
type entry struct {
	Identity
	watermarks []routeWatermark
}

type routeWatermark struct {
	route RouteID
	Watermark
}

// bare tells that only offsets are known of the generation. Two routes may
// commit the first offsets of a new file in either order, and only one of them
// brings the identity.
func (g *entry) bare() bool { return g.Identity == Identity{ID: g.ID} }

// merge applies c and appends to b a record for each thing that it changed. It
// allocates only for generations, routes and choices that are new.
func (t *table) merge(c *Changes, b []byte) []byte {
	for _, id := range c.Forget {
		if _, ok := t.generations[id]; ok {
			delete(t.generations, id)
			b = appendForget(b, id)
		}
	}
	for _, id := range c.DropRoutes {
		if t.dropRoute(id) {
			b = appendDropRoute(b, id)
		}
	}
	for i := range c.Routes {
		r := &c.Routes[i]
		if old, ok := t.routes[r.ID]; !ok || old != *r {
			t.routes[r.ID] = *r
			b = appendRoute(b, r)
		}
	}
	for i := range c.Identities {
		if id := &c.Identities[i]; t.setIdentity(id) {
			b = appendIdentity(b, id)
		}
	}
	for i := range c.Offsets {
		if o := &c.Offsets[i]; t.setOffset(o) {
			b = appendOffset(b, o)
		}
	}
	for i := range c.ForgetChoices {
		if _, ok := t.choices[c.ForgetChoices[i]]; ok {
			delete(t.choices, c.ForgetChoices[i])
			b = appendForgetChoice(b, c.ForgetChoices[i])
		}
	}
	for choice, shard := range c.Choices {
		if old, ok := t.choices[choice]; !ok || old != shard {
			t.choices[choice] = shard
			b = appendChoice(b, choice, shard)
		}
	}
	if c.Owner != nil && *c.Owner != t.owner {
		t.owner = *c.Owner
		b = appendOwner(b, c.Owner)
	}
	for name, text := range c.Notes {
		if t.notes[name] == text {
			continue
		}
		if t.notes[name] = text; text == "" {
			delete(t.notes, name)
		}
		b = appendNote(b, name, text)
	}
	return b
}

func (t *table) generation(id uint64) *entry {
	g := t.generations[id]
	if g == nil {
		g = &entry{Identity: Identity{ID: id}}
		t.generations[id] = g
	}
	return g
}

func (t *table) setIdentity(id *Identity) bool {
	g := t.generation(id.ID)
	older := g.Identity
	if d := id.LastSeen - older.LastSeen; d > -seenGrain && d < seenGrain {
		older.LastSeen = id.LastSeen
	}
	if older == *id {
		return false
	}
	g.Identity = *id
	return true
}

func (t *table) setOffset(o *Offset) bool {
	if o.Offset < 0 {
		t.lowered++
		return false
	}
	g := t.generation(o.Generation)
	for i := range g.watermarks {
		w := &g.watermarks[i]
		if w.route != o.Route {
			continue
		}
		if o.Offset < w.Offset {
			t.lowered++
			return false
		}
		if w.Watermark == o.Watermark {
			return false
		}
		w.Watermark = o.Watermark
		return true
	}
	// Most generations have one route: no slack.
	g.watermarks = append(slices.Grow(g.watermarks, 1), routeWatermark{o.Route, o.Watermark})
	return true
}

func (t *table) dropRoute(id RouteID) bool {
	_, found := t.routes[id]
	delete(t.routes, id)
	for _, g := range t.generations {
		n := len(g.watermarks)
		g.watermarks = slices.DeleteFunc(g.watermarks, func(w routeWatermark) bool { return w.route == id })
		found = found || len(g.watermarks) < n
	}
	return found
}

// dropBare forgets generations whose identity never came.
func (t *table) dropBare() {
	for id, g := range t.generations {
		if g.bare() {
			delete(t.generations, id)
		}
	}
}

// chunkSize is how many bytes of records a frame of a snapshot holds, roughly.
const chunkSize = 64 << 10

// appendSnapshot appends the table as the frames of a snapshot, its end frame
// included.
func (t *table) appendSnapshot(b []byte, seed uint32) []byte {
	frames := uint32(0)
	start := len(b)
	b = frame.Begin(b, frame.Changes)
	flush := func(atLeast int) {
		if len(b)-start-frame.Overhead < atLeast {
			return
		}
		frame.Finish(b[start:], seed)
		frames++
		start = len(b)
		b = frame.Begin(b, frame.Changes)
	}
	for _, r := range t.routes {
		b = appendRoute(b, &r)
		flush(chunkSize)
	}
	for id, g := range t.generations {
		if !g.bare() {
			b = appendIdentity(b, &g.Identity)
		}
		for _, w := range g.watermarks {
			b = appendOffset(b, &Offset{Generation: id, Route: w.route, Watermark: w.Watermark})
		}
		flush(chunkSize)
	}
	for choice, shard := range t.choices {
		b = appendChoice(b, choice, shard)
		flush(chunkSize)
	}
	for name, text := range t.notes {
		b = appendNote(b, name, text)
		flush(chunkSize)
	}
	if t.owner != (Owner{}) {
		b = appendOwner(b, &t.owner)
	}
	flush(1)
	b = b[:start]
	for _, f := range t.foreign {
		start = len(b)
		b = append(frame.Begin(b, f[0]), f[1:]...)
		frame.Finish(b[start:], seed)
		frames++
	}
	start = len(b)
	b = appendUint32(frame.Begin(b, frame.Last), frames)
	frame.Finish(b[start:], seed)
	return b
}

// state copies the table. Generations without identity are left out: nobody
// could recognise them.
func (t *table) state() State {
	s := State{
		Generations: make(map[uint64]*Generation, len(t.generations)),
		Routes:      maps.Clone(t.routes),
		Choices:     maps.Clone(t.choices),
		Owner:       t.owner,
	}
	if len(t.notes) > 0 {
		s.Notes = maps.Clone(t.notes)
	}
	for id, g := range t.generations {
		if g.bare() {
			continue
		}
		c := &Generation{Identity: g.Identity, Watermarks: make(map[RouteID]Watermark, len(g.watermarks))}
		for _, w := range g.watermarks {
			c.Watermarks[w.route] = w.Watermark
		}
		s.Generations[id] = c
	}
	return s
}
