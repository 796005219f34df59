package objects

import (
	"context"
	"slices"
	"sync"
	"time"

	"shipper/inputs"
	"shipper/outputs/s3/object"
)

// Getter brings an object; a call is bounded.
type Getter interface {
	Get(ctx context.Context, key string) (*object.Meta, *inputs.Segment, error)
}

// unusedAfter is how long an object that its reader does not go on with is kept from
// others who wait: its partition may have stalled again.
const unusedAfter = 5 * time.Second

// most is how many objects are held, or being fetched. They may be 8 MiB each.
const most = 2

// Cache holds the objects that are being read. Its methods are safe for concurrent use.
type Cache struct {
	fetches  sync.WaitGroup
	timer    *time.Timer // looks for what is unused, while somebody waits
	crossing sync.Mutex  // held while Get fetches

	mu       sync.Mutex
	from     Getter
	held     []*held           // least recently used first
	wanted   []*fetch          // longest waiting first
	fetching map[string]*fetch // by key
	failed   map[string]error  // by key: what a fetch came to, until Get is asked
	at       map[any]string    // the key that each reader asked for last
	closed   bool
}

// held is an object in memory.
type held struct {
	key  string
	data []byte
	used time.Time
	done bool // its reader has gone on
}

// fetch is an object that readers wait for.
type fetch struct {
	key    string
	ready  map[any]func()     // by reader
	cancel context.CancelFunc // nil while it waits for its turn
}

// NewCache makes a cache without objects.
func NewCache(from Getter) *Cache {
	c := &Cache{from: from, fetching: map[string]*fetch{}, failed: map[string]error{}, at: map[any]string{}}
	c.timer = time.AfterFunc(time.Hour, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.begin()
	})
	c.timer.Stop()
	return c
}

// From has objects brought by another Getter from now on.
func (c *Cache) From(g Getter) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.from = g
}

// Ready tells whether Get of an object will not wait: it is here, or could not be had.
// If it will, the object is fetched in its turn, and then ready is called, from another
// goroutine. reader says who asks: it needs what it asked for before no more.
func (c *Cache) Ready(key string, reader any, ready func()) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if before := c.at[reader]; before != key {
		c.leave(before)
		c.at[reader] = key
	}
	if c.find(key) != nil || c.failed[key] != nil {
		return true
	}
	f := c.fetching[key]
	if i := slices.IndexFunc(c.wanted, func(f *fetch) bool { return f.key == key }); i >= 0 {
		f = c.wanted[i]
	}
	if f == nil {
		f = &fetch{key: key, ready: map[any]func(){}}
		c.wanted = append(c.wanted, f)
	}
	f.ready[reader] = ready
	c.begin()
	return false
}

// Leave says that a reader needs nothing more for now.
func (c *Cache) Leave(reader any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.leave(c.at[reader])
	delete(c.at, reader)
	c.begin()
}

// leave has, under mu, an object make room for others.
func (c *Cache) leave(key string) {
	for _, h := range c.held {
		h.done = h.done || h.key == key
	}
}

// find returns, under mu, an object that is here, which counts as a use of it.
func (c *Cache) find(key string) *held {
	i := slices.IndexFunc(c.held, func(h *held) bool { return h.key == key })
	if i < 0 {
		return nil
	}
	h := c.held[i]
	h.used = time.Now()
	c.held = append(slices.Delete(c.held, i, i+1), h)
	return h
}

// begin begins, under mu, as many fetches as there is room for.
func (c *Cache) begin() {
	for len(c.wanted) > 0 && !c.closed && c.room() {
		f := c.wanted[0]
		c.wanted = slices.Delete(c.wanted, 0, 1)
		c.fetching[f.key] = f
		var ctx context.Context
		ctx, f.cancel = context.WithCancel(context.Background())
		from := c.from
		c.fetches.Go(func() { c.fetch(ctx, from, f) })
	}
	if len(c.wanted) > 0 && !c.closed {
		c.timer.Reset(unusedAfter)
	}
}

// room makes room for an object, under mu, if nobody needs it.
func (c *Cache) room() bool {
	if len(c.held)+len(c.fetching) < most {
		return true
	}
	i := slices.IndexFunc(c.held, func(h *held) bool { return h.done || time.Since(h.used) >= unusedAfter })
	if i >= 0 {
		c.held = slices.Delete(c.held, i, i+1)
	}
	return i >= 0
}

func (c *Cache) fetch(ctx context.Context, from Getter, f *fetch) {
	defer f.cancel()
	_, seg, err := from.Get(ctx, f.key)
	c.mu.Lock()
	delete(c.fetching, f.key)
	switch {
	case c.closed:
		f.ready = nil
	case err != nil:
		c.failed[f.key] = err
	default:
		c.hold(f.key, seg.Data)
	}
	c.begin()
	c.mu.Unlock()
	for _, ready := range f.ready {
		ready()
	}
}

// hold takes an object in, under mu.
func (c *Cache) hold(key string, data []byte) {
	if c.find(key) == nil {
		c.held = append(c.held, &held{key: key, data: data, used: time.Now()})
	}
}

// Get returns an object's bytes, which are not to be changed. It blocks if the object
// is not here: where a record begins in one object and ends in the next.
func (c *Cache) Get(key string) ([]byte, error) {
	if data, _, err := c.have(key); data != nil || err != nil {
		return data, err
	}
	c.crossing.Lock()
	defer c.crossing.Unlock()
	data, from, err := c.have(key)
	if data != nil || err != nil {
		return data, err
	}
	_, seg, err := from.Get(context.Background(), key)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for len(c.held)+len(c.fetching) >= most && len(c.held) > 0 && !c.room() {
		c.held = slices.Delete(c.held, 0, 1)
	}
	c.hold(key, seg.Data)
	return seg.Data, nil
}

// have returns an object that is here, or what a fetch of it came to; else nothing but
// who brings it.
func (c *Cache) have(key string) ([]byte, Getter, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.failed[key]; err != nil {
		delete(c.failed, key)
		return nil, nil, err
	}
	if h := c.find(key); h != nil {
		return h.data, nil, nil
	}
	return nil, c.from, nil
}

// Close ends the fetches under way, of which nobody is told.
func (c *Cache) Close() {
	c.mu.Lock()
	c.closed = true
	for _, f := range c.fetching {
		f.cancel()
	}
	c.mu.Unlock()
	c.timer.Stop()
	c.fetches.Wait()
}
