package checkpoint

import "slices"

// table is the store's own copy of the state: what snapshots are made from.
type table struct {
	generations map[uint64]*Generation
	routes      map[RouteID]Route
	choices     map[Choice]Shard
	// foreign holds frames (type and payload) that a newer version wrote and
	// asked to be kept; see the package documentation.
	foreign [][]byte
	// lowered counts offsets that were ignored because they were below the
	// known one. Offsets never decrease within a generation (I3).
	lowered uint64
}

func newTable() *table {
	return &table{
		generations: make(map[uint64]*Generation),
		routes:      make(map[RouteID]Route),
		choices:     make(map[Choice]Shard),
	}
}

// seenGrain is how coarse LastSeen is kept, in seconds.
const seenGrain = 3600

// bare tells that only offsets are known of the generation. Two routes may
// commit the first offsets of a new file in either order, and only one of them
// brings the identity.
func (g *Generation) bare() bool { return g.Identity == Identity{ID: g.ID} }

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
	return b
}

func (t *table) generation(id uint64) *Generation {
	g := t.generations[id]
	if g == nil {
		g = &Generation{Identity: Identity{ID: id}}
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
	for i := range g.Watermarks {
		w := &g.Watermarks[i]
		if w.Route != o.Route {
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
	g.Watermarks = append(slices.Grow(g.Watermarks, 1), RouteWatermark{o.Route, o.Watermark})
	return true
}

func (t *table) dropRoute(id RouteID) bool {
	_, found := t.routes[id]
	delete(t.routes, id)
	for _, g := range t.generations {
		n := len(g.Watermarks)
		g.Watermarks = slices.DeleteFunc(g.Watermarks, func(w RouteWatermark) bool { return w.Route == id })
		found = found || len(g.Watermarks) < n
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
	b = beginFrame(b, frameChanges)
	flush := func(atLeast int) {
		if len(b)-start-frameOverhead < atLeast {
			return
		}
		endFrame(b[start:], seed)
		frames++
		start = len(b)
		b = beginFrame(b, frameChanges)
	}
	for _, r := range t.routes {
		b = appendRoute(b, &r)
		flush(chunkSize)
	}
	for id, g := range t.generations {
		if !g.bare() {
			b = appendIdentity(b, &g.Identity)
		}
		for _, w := range g.Watermarks {
			b = appendOffset(b, &Offset{Generation: id, Route: w.Route, Watermark: w.Watermark})
		}
		flush(chunkSize)
	}
	for choice, shard := range t.choices {
		b = appendChoice(b, choice, shard)
		flush(chunkSize)
	}
	flush(1)
	b = b[:start]
	for _, f := range t.foreign {
		start = len(b)
		b = append(beginFrame(b, f[0]), f[1:]...)
		endFrame(b[start:], seed)
		frames++
	}
	start = len(b)
	b = appendUint32(beginFrame(b, frameEnd), frames)
	endFrame(b[start:], seed)
	return b
}
