package logfile

import "time"

// follows is the route that a route goes on from, or -1.
func (in *Input) follows(r int) int {
	if lead, ok := in.env.Follows[r]; ok {
		return lead
	}
	return -1
}

// follow moves a route that follows another, under mu, to where that one is.
func (c *Cursor) follow(f *file) {
	lead := c.in.follows(c.route)
	if lead < 0 {
		return
	}
	if r, ahead := &f.routes[c.route], &f.routes[lead]; ahead.pos.Offset > r.pos.Offset {
		*r = *ahead
		r.pos.Tally = Position{}.Tally
	}
}

// Of is another route's cursor in the same stream.
func (c *Cursor) Of(route int) *Cursor { return c.stream.cursors[route] }

// Unread is how many bytes the route is known to have yet to read in the stream, and
// since when it has any: more may have been written than is known.
func (c *Cursor) Unread() (bytes int64, since time.Time) {
	c.in.mu.Lock()
	defer c.in.mu.Unlock()
	oldest := int64(0)
	for _, f := range c.stream.All() {
		c.follow(f)
		r := &f.routes[c.route]
		bytes += max(0, f.size-r.pos.Offset)
		if r.since != 0 && (oldest == 0 || r.since < oldest) {
			oldest = r.since
		}
	}
	if oldest != 0 {
		since = timeOf(oldest)
	}
	return bytes, since
}

// Unstored is what is not yet stored of the generation that the last Read was from:
// its identity, or nil. Progress will bring it again.
func (c *Cursor) Unstored() *Identity {
	c.in.mu.Lock()
	defer c.in.mu.Unlock()
	if c.out == nil {
		return nil
	}
	return c.out.identity
}

// CountAside has Left count what a following route has read as done.
func (in *Input) CountAside(on bool) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.countAside = on
}

// notDone is, under mu, how many bytes of f some route has not acknowledged, nor
// the one that follows it where that counts.
func (in *Input) notDone(f *file) int64 {
	if !in.countAside {
		return f.unread()
	}
	n := int64(0)
	for r := range f.own() {
		n = max(n, f.size-f.safe(r, in.env.Follows))
	}
	return n
}

// safe is up to where a route, or one that follows it, has read.
func (f *file) safe(r int, follows map[int]int) int64 {
	offset := f.routes[r].pos.Offset
	for follower, lead := range follows {
		if lead == r {
			offset = max(offset, f.routes[follower].pos.Offset)
		}
	}
	return offset
}
