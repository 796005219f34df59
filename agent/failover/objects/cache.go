package objects

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"shipper/inputs"
	"shipper/inputs/logfile/vfs"
	"shipper/outputs/s3/object"
)

// Getter brings an object; a call is bounded.
type Getter interface {
	Get(ctx context.Context, key string) (*object.Meta, *inputs.Segment, error)
}

// unusedAfter is how long an object that its reader does not go on with is kept from
// others who wait: its partition may have stalled again.
const unusedAfter = 5 * time.Second

var errClosed = errors.New("nothing is fetched any more: the failover is not in force, or the agent ends")

// most is how many objects are held, or being fetched. They may be 8 MiB each.
const most = 2

// Cache holds the objects that are being read. Its methods are safe for concurrent use.
type Cache struct {
	fetches sync.WaitGroup
	timer   *time.Timer // looks for what is unused, while somebody waits

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
	urgent int                // how many Gets wait: others make room
	over   chan struct{}      // closed when what follows is known
	data   []byte
	err    error
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
	if c.at[reader] != key {
		c.leave(reader)
		c.at[reader] = key
	}
	if h := c.find(key); h != nil {
		h.done = false
		return true
	}
	if c.failed[key] != nil {
		return true
	}
	c.want(key).ready[reader] = ready
	c.begin()
	return false
}

// want returns, under mu, the fetch of an object that is not here.
func (c *Cache) want(key string) *fetch {
	if f := c.fetching[key]; f != nil {
		return f
	}
	if i := slices.IndexFunc(c.wanted, func(f *fetch) bool { return f.key == key }); i >= 0 {
		return c.wanted[i]
	}
	f := &fetch{key: key, ready: map[any]func(){}, over: make(chan struct{})}
	c.wanted = append(c.wanted, f)
	return f
}

// Leave says that a reader needs nothing more for now.
func (c *Cache) Leave(reader any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.leave(reader)
	delete(c.at, reader)
	c.begin()
}

// leave has, under mu, what a reader asked for make room for others.
func (c *Cache) leave(reader any) {
	key, ok := c.at[reader]
	if !ok {
		return
	}
	for _, h := range c.held {
		h.done = h.done || h.key == key
	}
	delete(c.failed, key)
	if f := c.fetching[key]; f != nil {
		delete(f.ready, reader)
	}
	c.wanted = slices.DeleteFunc(c.wanted, func(f *fetch) bool {
		if f.key == key {
			delete(f.ready, reader)
		}
		return !f.needed()
	})
}

// needed tells whether anybody waits for it.
func (f *fetch) needed() bool { return f.urgent > 0 || len(f.ready) > 0 }

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
	for len(c.wanted) > 0 && !c.closed && c.room(c.wanted[0].urgent > 0) {
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

// room makes room for an object, under mu, if there are any that nobody needs, or
// urgently of any.
func (c *Cache) room(urgent bool) bool {
	for len(c.held)+len(c.fetching) >= most {
		i := slices.IndexFunc(c.held, func(h *held) bool { return h.done || time.Since(h.used) >= unusedAfter })
		if i < 0 && urgent && len(c.held) > 0 {
			i = 0
		}
		if i < 0 {
			return false
		}
		c.held = slices.Delete(c.held, i, i+1)
	}
	return true
}

func (c *Cache) fetch(ctx context.Context, from Getter, f *fetch) {
	defer f.cancel()
	_, seg, err := from.Get(ctx, f.key)
	c.mu.Lock()
	delete(c.fetching, f.key)
	switch {
	case c.closed:
		f.ready, f.err = nil, errClosed
	case err != nil:
		if f.err = err; f.needed() {
			c.failed[f.key] = err
		}
	default:
		f.data = seg.Data
		c.held = append(c.held, &held{key: f.key, data: seg.Data, used: time.Now(), done: !f.needed()})
	}
	close(f.over)
	told := f.ready
	c.begin()
	c.mu.Unlock()
	for _, ready := range told {
		ready()
	}
}

// Get returns an object's bytes, which are not to be changed. It blocks if the object
// is not here: where a record begins in one object and ends in the next, and where a
// batch is read again whose object had to make room. When one of the channels is closed
// it waits no longer and returns vfs.ErrNotAwaited; what is being fetched is kept for
// whoever asks next.
func (c *Cache) Get(key string, until, ended <-chan struct{}) ([]byte, error) {
	c.mu.Lock()
	if err := c.failed[key]; err != nil {
		delete(c.failed, key)
		c.mu.Unlock()
		return nil, err
	}
	if h := c.find(key); h != nil {
		c.mu.Unlock()
		return h.data, nil
	}
	if c.closed {
		c.mu.Unlock()
		return nil, errClosed
	}
	f := c.want(key)
	f.urgent++
	if i := slices.Index(c.wanted, f); i > 0 {
		c.wanted = slices.Insert(slices.Delete(c.wanted, i, i+1), 0, f)
	}
	c.begin()
	c.mu.Unlock()
	select {
	case <-f.over:
	case <-until:
	case <-ended:
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	f.urgent--
	select {
	case <-f.over:
		if f.err != nil {
			delete(c.failed, key)
		}
		return f.data, f.err
	default:
		c.wanted = slices.DeleteFunc(c.wanted, func(f *fetch) bool { return !f.needed() })
		return nil, vfs.ErrNotAwaited
	}
}

// Close ends the fetches under way, of which nobody is told but who waits in Get. It
// may be called again.
func (c *Cache) Close() {
	c.mu.Lock()
	c.closed = true
	for _, f := range c.fetching {
		f.cancel()
	}
	for _, f := range c.wanted {
		f.err = errClosed
		close(f.over)
	}
	c.wanted = nil
	c.mu.Unlock()
	c.timer.Stop()
	c.fetches.Wait()
}
