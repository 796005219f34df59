package logfile

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"shipper/inputs"
	"shipper/inputs/logfile/descriptors"
	"shipper/inputs/logfile/packed"
	"shipper/inputs/logfile/split"
	"shipper/inputs/logfile/vfs"
	"shipper/inputs/logfile/window"
)

var (
	errNameless   = errors.New("the file has no name any more and its descriptor was given up")
	errReplaced   = errors.New("another file has the name now")
	errTruncated  = errors.New("the file was truncated; its new content is another generation")
	errNotTheSame = errors.New("the route is not at the start of these bytes")
)

// Cursor is one route's place in one stream. Its methods are for one goroutine
// at a time: whoever has leased the stream's shard.
type Cursor struct {
	in     *Input
	stream *stream
	route  int
	begun  uint64 // order of the newest generation that this route began; under Input.mu
	last   split.Last
	out    *reading // nil while nothing is under way; written under Input.mu
}

// readings are kept for the next Read, since most cursors have nothing under way.
var readings = sync.Pool{New: func() any { return new(reading) }}

// begin makes room for a reading; what an earlier one left is given up.
func (c *Cursor) begin() *reading {
	o := c.out
	if o == nil {
		o, _ = readings.Get().(*reading)
	}
	c.in.mu.Lock()
	*o = reading{}
	c.out = o
	c.in.mu.Unlock()
	return o
}

// end gives the reading up, under Input.mu.
func (c *Cursor) end() {
	if o := c.out; o != nil {
		*o = reading{}
		c.out = nil
		readings.Put(o)
	}
}

// reading is what the last Read or Repeat returned, until it is committed.
type reading struct {
	window.Window
	file       *file // nil until it is complete; written under Input.mu, and Window before, but for After
	gen        *inputs.Generation
	seq        uint32    // of the file, before it was read
	at         time.Time // of reading
	order      uint64
	identity   *Identity // to be handed out with the commit
	headLength uint32    // grown with this reading, 0 if not
	headHash   uint64
}

// Stream is the stream that the cursor walks through.
func (c *Cursor) Stream() *inputs.Stream { return c.stream.public }

// Route is the number of the route that the cursor belongs to.
func (c *Cursor) Route() int { return c.route }

// Device is the file system that Read would read from next, as far as is known.
// It may be called from any goroutine.
func (c *Cursor) Device() (device uint64) {
	c.in.mu.Lock()
	defer c.in.mu.Unlock()
	if f := c.nextFile(); f != nil {
		device = f.key.device
	}
	return device
}

// nextFile is the file, under mu, that Read would read next, nil if there is none.
func (c *Cursor) nextFile() (next *file) {
	for _, next = range c.stream.All() {
		if !next.caughtUp(c.route) {
			break
		}
	}
	return next
}

// Overdue says that a Read of the cursor does not return, or that it has after all, for
// Input.Files to show at the file that is read, as far as is known. What is read elsewhere
// is not this file system's fault. It may be called from any goroutine.
func (c *Cursor) Overdue(hangs bool) {
	c.in.mu.Lock()
	defer c.in.mu.Unlock()
	delete(c.in.overdue, c)
	if f := c.nextFile(); hangs && f != nil && !f.isElsewhere() {
		c.in.overdue[c] = f
	}
}

// Read appends to buf at most limit bytes of whole records that come next in
// the stream, and returns them. A first record longer than limit is returned
// alone if it fits in buf. An empty segment (Start == End) means that there is
// nothing to read now, or, with more set, that buf had no room. more tells that
// further bytes are known to wait behind the segment. An error concerns this
// stream only; the Input wakes the cursor again when it is worth another try.
//
// Read starts at the position last committed: without a Commit it returns the
// same bytes again. It blocks for as long as the file system does; for what is elsewhere
// only until ctx ends: then there is nothing to read now, and more waits.
func (c *Cursor) Read(ctx context.Context, buf *inputs.Buffer, limit int) (seg inputs.Segment, more bool, err error) {
	seg, more, err = c.read(ctx, buf, limit)
	if c.in.pending.Load() {
		c.in.flush()
	}
	return seg, more, err
}

func (c *Cursor) read(ctx context.Context, buf *inputs.Buffer, limit int) (seg inputs.Segment, more bool, err error) {
	in := c.in
	for {
		in.mu.Lock()
		f, ending, err := c.next()
		in.mu.Unlock()
		if f == nil {
			return inputs.Segment{}, false, err
		}
		again, err := c.olderMayHaveGrown(f)
		if err != nil {
			return inputs.Segment{}, false, err
		}
		if again {
			continue
		}
		most := c.reach(f, limit)
		if most == 0 {
			return inputs.Segment{}, false, nil
		}
		h, err := in.acquire(f, false)
		if err != nil {
			in.failed(f, err)
			continue
		}
		seg, outcome, err := c.readPlain(f, c.awaiting(ctx, f, h), buf, most, ending)
		in.env.Descriptors.Release(h)
		if errors.Is(err, vfs.ErrNotAwaited) {
			in.mu.Lock()
			c.end()
			in.mu.Unlock()
			return inputs.Segment{}, true, nil
		}
		if errors.Is(err, descriptors.ErrNoDecoder) {
			in.mu.Lock()
			c.wait(in.now().Add(time.Second))
			in.mu.Unlock()
			return inputs.Segment{}, false, nil
		}
		if err != nil {
			in.mu.Lock()
			c.end()
			f.unreadable = !errors.Is(err, errTruncated)
			in.mu.Unlock()
			in.failed(f, err)
			continue
		}
		switch outcome {
		case window.Records:
			in.mu.Lock()
			f.wasRead()
			more = !c.out.Ended || c.moreBehind(f)
			in.mu.Unlock()
			return seg, more, nil
		case window.NoRoom, window.Nothing:
			in.mu.Lock()
			f.wasRead()
			c.end()
			in.mu.Unlock()
			if outcome == window.NoRoom {
				return inputs.Segment{}, true, nil
			}
			if ending != split.Open {
				// What was due is not there any more: it waits for a change.
				return inputs.Segment{}, false, nil
			}
			// This one is read to its end; the next may have more.
		}
	}
}

// readPlain reads f as it is, or its content if it is compressed.
func (c *Cursor) readPlain(f *file, h *descriptors.Handle, buf *inputs.Buffer, limit int, ending split.Ending) (seg inputs.Segment, got window.Outcome, err error) {
	if f.format == packed.None {
		return c.readFile(f, h, buf, limit, ending)
	}
	d, err := c.in.env.Descriptors.Lend(f, f.format, c.route, h, c.in.now())
	if err != nil {
		return inputs.Segment{}, window.Nothing, err
	}
	defer func() {
		c.in.env.Descriptors.GiveBack(d, err != nil || got == window.Nothing, got == window.Records && c.out.Ended, c.in.now())
	}()
	return c.readFile(f, &descriptors.Handle{File: f.within(d)}, buf, limit, ending)
}

// next chooses, under mu, the oldest generation with something to read. ending
// tells whether what is incomplete at its end is to be read, too. An error means
// that the stream waits for a generation that can't be read.
func (c *Cursor) next() (f *file, ending split.Ending, err error) {
	now := c.in.now()
	for i, f := range c.stream.All() {
		if f.beside != nil && f.beside.unskipped {
			return nil, split.Open, nil
		}
		c.follow(f)
		r := &f.routes[c.route]
		ending := c.ending(f, r, now)
		if f.caughtUp(c.route) && ending == split.Open {
			if c.awaitsRest(i, r, now) {
				return nil, split.Open, nil
			}
			continue
		}
		if later, pass := c.unfinished(i, now); pass {
			continue
		} else if later {
			return nil, split.Open, nil
		}
		if c.held(f, now) {
			return nil, split.Open, nil
		}
		if f.err != nil && !f.retry {
			last := i == len(c.stream.All())-1
			wait := c.in.cfg.OrderWait
			if f.size <= r.pos.Offset {
				wait = c.in.patience(f.err)
			}
			until := timeOf(f.beside.since).Add(wait)
			if last || now.Before(until) {
				if !last {
					c.wait(until)
				}
				return nil, split.Open, fmt.Errorf("read %q: %w", f.path(), f.err)
			}
			continue // its successors go on; it is tried again with every scan
		}
		return f, ending, nil
	}
	return nil, split.Open, nil
}

// ending tells whether what is incomplete at f's end is complete by now: of a
// sealed file everything is, and complete lines don't wait long for more of their
// record. If f only has to be quiet for longer, the cursor is woken then.
func (c *Cursor) ending(f *file, r *route, now time.Time) split.Ending {
	if r.tail <= r.pos.Offset || !f.caughtUp(c.route) {
		return split.Open
	}
	ends, quiet := c.in.ends(f)
	if c.in.draining {
		quiet, ends = timeOf(f.changed).Add(c.in.settle), true
	}
	switch {
	case (ends || (r.nuls && !f.told.nuls)) && now.Before(quiet):
		c.wait(quiet)
	case ends:
		return split.Sealed
	case r.nuls && !f.told.nuls:
		f.told.nuls = true
		c.in.later("a file ends in NULs; they are not shipped before something is written behind them, or the file is rotated",
			"path", f.path(), "offset", r.pos.Offset, "size", f.size)
	}
	if r.open > r.pos.Offset {
		due := timeOf(f.changed).Add(c.in.cfg.JoinTimeout)
		if !now.Before(due) {
			return split.Timed
		}
		c.wait(due)
	}
	return split.Open
}

// awaitsRest tells whether the successors of the i-th generation wait because it ends
// in lines that wait for more of their record: not longer than such lines do,
// counted from when the successor was first seen.
func (c *Cursor) awaitsRest(i int, r *route, now time.Time) bool {
	if r.open <= r.pos.Offset || i+1 == len(c.stream.All()) {
		return false
	}
	since := c.stream.All()[i+1].routes[c.route].since
	return since != 0 && now.Before(timeOf(since).Add(c.in.cfg.JoinTimeout))
}

// wait has the cursor woken at a time, or earlier.
func (c *Cursor) wait(until time.Time) { c.in.waiting.Until(c, until) }

// moreBehind tells, under mu, whether a generation after f has bytes to be read.
// If the end of one only has to be quiet for longer, the cursor is woken then:
// nobody else sees to it, since next did not come so far.
func (c *Cursor) moreBehind(f *file) bool {
	now := c.in.now()
	for _, g := range slices.Backward(c.stream.All()) {
		if g == f {
			break
		}
		if !g.caughtUp(c.route) || c.ending(g, &g.routes[c.route], now) != split.Open {
			return true
		}
	}
	return false
}

// olderMayHaveGrown looks, before generation f is begun, once more at the size
// of each older one, unless that was done since its own successor appeared: what
// was written to it by then is to be read first. What comes later is late.
func (c *Cursor) olderMayHaveGrown(f *file) (again bool, err error) {
	in := c.in
	in.mu.Lock()
	if f.routes[c.route].pos.Offset > 0 {
		in.mu.Unlock()
		return false, nil
	}
	var older []*file
	now, since := in.now(), in.tick
	for i, g := range c.stream.All() {
		if g == f {
			break
		}
		if g.sized >= c.stream.All()[i+1].found || g.format != packed.None {
			continue
		}
		if g.err == nil || g.retry {
			older = append(older, g)
			continue
		}
		if until := timeOf(g.beside.since).Add(in.patience(g.err)); now.Before(until) {
			c.wait(until)
			err = fmt.Errorf("look at %q before its successor is read: %w", g.path(), g.err)
			in.mu.Unlock()
			return false, err
		}
	}
	in.mu.Unlock()
	for _, g := range older {
		h, err := in.acquire(g, false)
		var info vfs.Info
		if err == nil {
			info, err = h.Stat()
			in.env.Descriptors.Release(h)
		}
		if err != nil {
			in.failed(g, err)
			again = true
			continue
		}
		in.mu.Lock()
		in.restat(g, &info, since)
		again = again || !g.caughtUp(c.route) // whoever has seen it grow, as opening it does
		in.mu.Unlock()
	}
	return again, nil
}

// patience is how long a generation that can't be looked at, and of which no
// unread bytes are known, holds its successor.
func (in *Input) patience(err error) time.Duration {
	switch nameless := errors.Is(err, errNameless); {
	case nameless && in.tree.Failing(): // it may be where an error is
	case nameless:
		return 0 // everything was looked at: there is nothing to wait for
	case missing(err):
		// It was renamed or deleted since the last look at its directory; the
		// next look will tell.
		return min(in.cfg.OrderWait, 2*time.Second)
	}
	return in.cfg.OrderWait
}
