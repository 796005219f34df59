package failover

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"shipper/agent/failover/objects"
	"shipper/checkpoint"
	"shipper/inputs"
	"shipper/inputs/logfile"
	"shipper/outputs/s3/object"
)

// Range is bytes of a generation that an object holds.
type Range struct {
	Generation uint64
	Start      int64
	End        logfile.Position // with its proof
	Key        string           // of the object; "" for a hole in the file, which needs none
	// Intent says that the object was about to be stored: it may be there.
	Intent bool
	// stored is when this process noted it, zero if an earlier one did.
	stored time.Time
}

// Aside is what one route has put aside and not got back. Its methods are safe
// for concurrent use and do not block, but for reading what Open returns.
type Aside struct {
	route checkpoint.RouteID
	cache *objects.Cache
	ended chan struct{} // closed by End

	// Health is that of the state: nil while notes become durable. It is set before
	// anything else is called, nil in tests of a state that is always well.
	Health func() error
	// Looked tells whether the input has looked for its files: before it has, streams of
	// the list may not be known. It is set as Health is.
	Looked func() bool

	Objects, Bytes, Records atomic.Int64 // put aside since the start
	Returned                atomic.Int64 // objects

	mu      sync.Mutex
	ranges  map[uint64][]Range // by generation and start, the longest first
	streams map[uint64]string  // name of the stream
	passed  map[uint64]int64   // the route's watermark, where it was heard
}

// NewAside makes the list of a route from what is noted in a state.
func NewAside(route checkpoint.RouteID, state *checkpoint.State, streamOf func(*checkpoint.Generation) string, cache *objects.Cache) *Aside {
	a := &Aside{route: route, cache: cache, ended: make(chan struct{}), ranges: map[uint64][]Range{}, streams: map[uint64]string{}, passed: map[uint64]int64{}}
	for name, text := range state.Notes {
		r, ok := parseNote(a.prefix(), name, text)
		if !ok {
			continue
		}
		stream := ""
		if g := state.Generations[r.Generation]; g != nil {
			stream = streamOf(g)
			a.passed[r.Generation] = g.Watermarks[route].Offset
		}
		a.add(r, stream)
	}
	return a
}

// End has nobody wait for an object any more: the route is gone. It is to be called once.
func (a *Aside) End() { close(a.ended) }

// prefix begins the names of the route's notes.
func (a *Aside) prefix() string { return fmt.Sprintf("aside/%d/", a.route) }

// note is how a range is stored: its name and text.
func (a *Aside) note(r Range) (name, text string) {
	hash, stage := "-", "stored"
	if r.Intent {
		stage = "intent"
	}
	if i := strings.LastIndexByte(r.Key, '-'); i >= 0 {
		hash = r.Key[i+1:]
	}
	return fmt.Sprintf("%s%016x/%d-%d-%s", a.prefix(), r.Generation, r.Start, r.End.Offset, hash),
		fmt.Sprintf("%s %d %016x %s", stage, r.End.ProofLength, r.End.ProofHash, r.Key)
}

// noteIn has a change of the state store a range.
func (a *Aside) noteIn(c *checkpoint.Changes, r Range) {
	if c.Notes == nil {
		c.Notes = map[string]string{}
	}
	name, text := a.note(r)
	c.Notes[name] = text
}

func parseNote(prefix, name, text string) (Range, bool) {
	rest, ok := strings.CutPrefix(name, prefix)
	if !ok {
		return Range{}, false
	}
	var r Range
	words := strings.ReplaceAll(strings.Replace(rest, "/", " ", 1), "-", " ") // the hash that may follow is in the key, too
	if _, err := fmt.Sscanf(words, "%x %d %d", &r.Generation, &r.Start, &r.End.Offset); err != nil {
		return Range{}, false
	}
	stage, text, _ := strings.Cut(text, " ")
	r.Intent = stage == "intent"
	fields := strings.SplitN(text, " ", 3)
	if len(fields) != 3 {
		return Range{}, false
	}
	length, err1 := strconv.ParseUint(fields[0], 10, 8)
	proof, err2 := strconv.ParseUint(fields[1], 16, 64)
	r.End.ProofLength, r.End.ProofHash, r.Key = uint8(length), proof, fields[2]
	return r, err1 == nil && err2 == nil && r.Start >= 0 && r.End.Offset > r.Start
}

func (a *Aside) add(r Range, stream string) {
	list := a.ranges[r.Generation]
	same := slices.IndexFunc(list, func(o Range) bool { return o.Key == r.Key && o.Start == r.Start && o.End.Offset == r.End.Offset })
	switch {
	case same < 0:
		list = append(list, r)
	case list[same].Intent:
		list[same] = r
	default:
		return
	}
	slices.SortFunc(list, func(x, y Range) int {
		return cmp.Or(cmp.Compare(x.Start, y.Start), cmp.Compare(y.End.Offset, x.End.Offset), strings.Compare(x.Key, y.Key))
	})
	a.ranges[r.Generation] = list
	if stream != "" {
		a.streams[r.Generation] = stream
	}
}

// Intend notes, in c, that a segment is about to be stored in the object of that
// key. If the process ends before it hears of it, the next one can still find the
// object, should the file be gone by then.
func (a *Aside) Intend(c *checkpoint.Changes, seg *inputs.Segment, key string) {
	r := Range{Generation: seg.Gen.ID, Start: seg.Start, End: logfile.Position{Offset: seg.End}, Key: key, Intent: true}
	a.mu.Lock()
	a.add(r, seg.Gen.Stream.Name)
	a.mu.Unlock()
	a.noteIn(c, r)
}

// Stored notes, in c, that a segment is in the object of that key. p is what its
// cursor's Commit returned: it tells the proof at its end.
func (a *Aside) Stored(c *checkpoint.Changes, p logfile.Progress, seg *inputs.Segment, key string) {
	if p.Generation == 0 {
		return // refused by the input, which said why
	}
	r := Range{Generation: p.Generation, Start: seg.Start, End: p.Position, Key: key, stored: time.Now()}
	a.mu.Lock()
	a.add(r, seg.Gen.Stream.Name)
	a.mu.Unlock()
	a.noteIn(c, r)
	if key != "" {
		a.Objects.Add(1)
	}
	a.Bytes.Add(seg.End - seg.Start)
	a.Records.Add(int64(seg.Len()))
}

// Found takes an object of a listing into the list, and notes it in c.
func (a *Aside) Found(c *checkpoint.Changes, n object.Name, key, stream string) {
	r := Range{Generation: n.Generation, Start: n.Start, End: logfile.Position{Offset: n.End}, Key: key}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.add(r, stream)
	a.noteIn(c, r)
}

// Safe is up to where a generation is acknowledged or aside: a watermark, extended
// over the ranges that follow it without a gap.
func (a *Aside) Safe(generation uint64, w logfile.Position) logfile.Position {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, r := range a.ranges[generation] {
		if !r.Intent && r.Start <= w.Offset && r.End.Offset > w.Offset {
			w = r.End
		}
	}
	return w
}

// Passed hears that the route's watermark in a generation is durable.
func (a *Aside) Passed(generation uint64, offset int64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.ranges[generation]) > 0 {
		a.passed[generation] = max(a.passed[generation], offset)
	}
}

// Due lists the ranges that the route's watermark has passed.
func (a *Aside) Due() []Range {
	a.mu.Lock()
	defer a.mu.Unlock()
	var due []Range
	for id, list := range a.ranges {
		for _, r := range list {
			if r.End.Offset <= a.passed[id] {
				due = append(due, r)
			}
		}
	}
	return due
}

// Forget drops a range whose object was marked or deleted, in c, too.
func (a *Aside) Forget(c *checkpoint.Changes, r Range) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.remove(r)
	if len(a.ranges[r.Generation]) == 0 && !r.Intent { // an object that is intended may yet come
		delete(a.passed, r.Generation)
	}
	if c.Notes == nil {
		c.Notes = map[string]string{}
	}
	name, _ := a.note(r)
	c.Notes[name] = ""
	if r.Key != "" {
		a.Returned.Add(1)
	}
}

// Streams are the names of the streams with ranges.
func (a *Aside) Streams() map[string]bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	set := map[string]bool{}
	for s := range maps.Values(a.streams) {
		set[s] = true
	}
	return set
}

// Pending is how many bytes are aside, in how many ranges.
func (a *Aside) Pending() (bytes int64, ranges int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, list := range a.ranges {
		for _, r := range list {
			bytes += r.End.Offset - r.Start
			ranges++
		}
	}
	return bytes, ranges
}

// Kept is what of one stream is in objects, each byte counted once.
type Kept struct {
	Stream  string
	Bytes   int64
	Objects int
}

// Kept lists the streams with ranges, by name.
func (a *Aside) Kept() []Kept {
	a.mu.Lock()
	defer a.mu.Unlock()
	by := map[string]*Kept{}
	for id, list := range a.ranges {
		k := by[a.streams[id]]
		if k == nil {
			k = &Kept{Stream: a.streams[id]}
			by[k.Stream] = k
		}
		for at, i := a.passed[id], 0; i < len(list); i++ {
			if r := list[i]; !r.Intent && r.Key != "" && r.End.Offset > at {
				k.Bytes += r.End.Offset - max(at, r.Start)
				k.Objects++
				at = r.End.Offset
			}
		}
	}
	var all []Kept
	for _, name := range slices.Sorted(maps.Keys(by)) {
		if by[name].Objects > 0 {
			all = append(all, *by[name])
		}
	}
	return all
}

// Span is what can be read of a generation from an offset on, without a gap.
func (a *Aside) Span(generation uint64, offset int64) (start, end int64, ok bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, r := range a.ranges[generation] {
		switch {
		case r.End.Offset <= offset:
		case !ok:
			start, end, ok = max(offset, r.Start), r.End.Offset, true
		case r.Start <= end:
			end = max(end, r.End.Offset)
		}
	}
	return start, end, ok
}

// syncedAfter is how long after a range was noted the note is on the disk, if the
// state is well: a write or a sync that hangs is known by then, which takes seconds.
const syncedAfter = 10 * time.Second

// Holds tells whether objects hold all of a generation from start to end, and are
// noted so that no crash forgets them.
func (a *Aside) Holds(generation uint64, start, end int64, now time.Time) bool {
	if a.Health != nil && a.Health() != nil {
		return false
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, r := range a.ranges[generation] {
		if !r.Intent && r.Start <= start && r.End.Offset > start && now.Sub(r.stored) >= syncedAfter {
			start = r.End.Offset
		}
	}
	return start >= end
}

// covering lists the ranges that hold a byte.
func (a *Aside) covering(generation uint64, offset int64) []Range {
	a.mu.Lock()
	defer a.mu.Unlock()
	var list []Range
	for _, r := range a.ranges[generation] {
		if r.Start <= offset && offset < r.End.Offset && r.Key != "" {
			list = append(list, r)
		}
	}
	slices.SortStableFunc(list, func(x, y Range) int { // what is surely there first
		switch {
		case x.Intent == y.Intent:
			return 0
		case x.Intent:
			return 1
		}
		return -1
	})
	return list
}

// drop takes an object that turned out not to be there out of the list.
func (a *Aside) drop(r Range) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.remove(r)
}

// remove takes, under mu, a range out of the list.
func (a *Aside) remove(r Range) {
	list := slices.DeleteFunc(a.ranges[r.Generation], func(o Range) bool { return o == r })
	if a.ranges[r.Generation] = list; len(list) == 0 {
		delete(a.ranges, r.Generation)
		delete(a.streams, r.Generation)
	}
}

// hole is up to where a hole goes that holds the offset, 0 if none does.
func (a *Aside) hole(generation uint64, offset int64) int64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, r := range a.ranges[generation] {
		if r.Start <= offset && offset < r.End.Offset && r.Key == "" {
			return r.End.Offset
		}
	}
	return 0
}
