package objects

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"shipper/inputs"
	"shipper/inputs/logfile/vfs"
	"shipper/outputs/s3/object"
)

// bucket brings objects, each of which takes a second, and counts.
type bucket struct {
	mu    sync.Mutex
	order []string
	times map[string]int
	under int // way
	most  int // of under
	fail  map[string]error
}

func (b *bucket) Get(ctx context.Context, key string) (*object.Meta, *inputs.Segment, error) {
	b.mu.Lock()
	b.order = append(b.order, key)
	b.times[key]++
	b.under++
	b.most = max(b.most, b.under)
	err := b.fail[key]
	b.mu.Unlock()
	select {
	case <-ctx.Done():
		err = ctx.Err()
	case <-time.After(time.Second):
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.under--
	return nil, &inputs.Segment{Data: []byte(key)}, err
}

func setup() (*bucket, *Cache) {
	b := &bucket{times: map[string]int{}, fail: map[string]error{}}
	return b, NewCache(b)
}

// read reads an object in pieces as a stream does: it waits where it must.
func read(t *testing.T, c *Cache, reader, key string, pieces int) {
	for range pieces {
		come := make(chan struct{}, 1)
		for !c.Ready(key, reader, func() { come <- struct{}{} }) {
			<-come
		}
		if data, err := c.Get(key, nil, nil); err != nil || string(data) != key {
			t.Errorf("%s brings %q, %v", key, data, err)
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// TestEachOnce: however many read at once, and in how many pieces, each object is
// fetched once, and no more are held or under way than there is room for.
func TestEachOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, c := setup()
		var readers sync.WaitGroup
		for r := range 7 {
			readers.Go(func() {
				name := fmt.Sprint("reader ", r)
				for o := range 5 {
					read(t, c, name, fmt.Sprintf("%d of %s", o, name), 8)
					c.mu.Lock()
					if n := len(c.held) + len(c.fetching); n > most {
						t.Errorf("%d objects are held or under way", n)
					}
					c.mu.Unlock()
				}
				c.Leave(name)
			})
		}
		readers.Wait()
		synctest.Wait()
		if len(b.times) != 35 || slices.Max(slices.Collect(maps.Values(b.times))) > 1 {
			t.Errorf("fetched: %v", b.times)
		}
		if b.most != most {
			t.Errorf("%d at once", b.most)
		}
		c.Close()
	})
}

// TestLongestWaitingFirst: who asked first is served first, whoever asks again.
func TestLongestWaitingFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, c := setup()
		var want []string
		for n := range 9 {
			key := fmt.Sprint(n)
			want = append(want, key)
			c.Ready(key, n, func() { c.Leave(n) })
			for again := range n {
				c.Ready(fmt.Sprint(again), again, func() { c.Leave(again) })
			}
			synctest.Wait()
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		for together := range slices.Chunk(b.order, most) {
			slices.Sort(together) // they begin at one moment
		}
		if !slices.Equal(b.order, want) {
			t.Errorf("fetched %q, want %q", b.order, want)
		}
		c.Close()
	})
}

// TestUnusedMakesRoom: an object whose reader does not go on holds nobody up for ever,
// and is there again when it does.
func TestUnusedMakesRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, c := setup()
		read(t, c, "stalled", "a", 1)
		read(t, c, "also stalled", "b", 1)
		begun := time.Now()
		read(t, c, "another", "c", 1)
		if took := time.Since(begun); took < unusedAfter || took > 2*unusedAfter {
			t.Errorf("waited for %s", took)
		}
		read(t, c, "stalled", "a", 1)
		if b.times["a"] != 2 || b.times["b"] != 1 {
			t.Errorf("fetched: %v", b.times)
		}
		c.Close()
	})
}

// TestAcrossABorder: a reader that needs the next object before it is through with one
// gets it, whatever others hold.
func TestAcrossABorder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, c := setup()
		read(t, c, "one", "a", 1)
		read(t, c, "other", "x", 1)
		for _, key := range []string{"b", "a", "b"} {
			if data, err := c.Get(key, nil, nil); err != nil || string(data) != key {
				t.Errorf("%s brings %q, %v", key, data, err)
			}
		}
		read(t, c, "one", "b", 3)
		if b.times["b"] != 1 {
			t.Errorf("fetched: %v", b.times)
		}
		c.Close()
	})
}

// TestWhatCanNotBeHad: who waits is told, Get says why, once, and the next time it is
// tried again.
func TestWhatCanNotBeHad(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, c := setup()
		b.fail["a"] = errors.New("no")
		told := false
		if c.Ready("a", "one", func() { told = true }) {
			t.Fatal("ready")
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if !told || !c.Ready("a", "one", nil) {
			t.Fatalf("told %v, or not ready", told)
		}
		if _, err := c.Get("a", nil, nil); err == nil {
			t.Error("no error")
		}
		delete(b.fail, "a")
		read(t, c, "one", "a", 1)
		c.Close()
	})
}

// TestClose: nothing goes on, and nobody is told but who waits.
func TestClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, c := setup()
		for n := range 5 {
			c.Ready(fmt.Sprint(n), n, func() { t.Error("told") })
		}
		var waiting sync.WaitGroup
		for n := range 5 {
			waiting.Go(func() {
				if _, err := c.Get(fmt.Sprint(n), nil, nil); !errors.Is(err, errClosed) {
					t.Errorf("object %d: %v", n, err)
				}
			})
		}
		synctest.Wait()
		begun := time.Now()
		c.Close()
		waiting.Wait()
		c.Close()
		if waited := time.Since(begun); waited > 0 {
			t.Errorf("waited %v", waited)
		}
		time.Sleep(time.Minute)
		if len(b.order) > 2 || b.under != 0 {
			t.Errorf("fetched %q, %d under way", b.order, b.under)
		}
	})
}

// TestNotAwaited: who can't wait gets nothing, at once, whoever else waits for the object,
// which comes all the same if it is being fetched.
func TestNotAwaited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, c := setup()
		var waiting sync.WaitGroup
		get := func(key string, want error, until, ended <-chan struct{}) {
			waiting.Go(func() {
				if _, err := c.Get(key, until, ended); !errors.Is(err, want) {
					t.Errorf("%s: %v, want %v", key, err, want)
				}
			})
			synctest.Wait()
		}
		until, ended := make(chan struct{}), make(chan struct{})
		b.fail["b"] = errors.New("no")
		get("a", vfs.ErrNotAwaited, until, nil)
		get("a", nil, nil, nil)
		get("b", vfs.ErrNotAwaited, nil, ended)
		get("c", vfs.ErrNotAwaited, until, nil) // its turn does not come
		begun := time.Now()
		close(until)
		close(ended)
		synctest.Wait()
		if time.Since(begun) > 0 {
			t.Errorf("waited %v", time.Since(begun))
		}
		waiting.Wait()
		time.Sleep(time.Minute)
		synctest.Wait()
		if len(c.wanted)+len(c.fetching)+len(c.failed) > 0 {
			t.Errorf("left behind: %d wanted, %d fetched, %v", len(c.wanted), len(c.fetching), c.failed)
		}
		get("a", nil, until, nil)
		if !slices.Equal(b.order, []string{"a", "b"}) && !slices.Equal(b.order, []string{"b", "a"}) {
			t.Errorf("fetched %q", b.order)
		}
		c.Close()
	})
}

// TestAnyPauses has readers pause for any time between two pieces, and read across the
// end of an object: there are never more objects than there is room for, each reader
// comes to its end, and nothing is kept of those who have left.
func TestAnyPauses(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	synctest.Test(t, func(t *testing.T) {
		_, c := setup()
		defer c.Close()
		bounded := func() {
			c.mu.Lock()
			defer c.mu.Unlock()
			if n := len(c.held) + len(c.fetching); n > most {
				t.Errorf("%d objects, there is room for %d", n, most)
			}
		}
		var readers sync.WaitGroup
		for i := range 6 {
			r := rand.New(rand.NewPCG(seed, uint64(i)))
			readers.Go(func() {
				reader := fmt.Sprint("reader ", i)
				for n := range 20 {
					key, next := fmt.Sprint(i, ".", n), fmt.Sprint(i, ".", n+1)
					read(t, c, reader, key, 1+r.IntN(3))
					bounded()
					time.Sleep(time.Duration(r.Int64N(int64(2 * unusedAfter))))
					if r.IntN(2) == 0 {
						if data, err := c.Get(next, nil, nil); err != nil || string(data) != next {
							t.Errorf("across the end: %q, %v", data, err)
						}
						bounded()
					}
					if r.IntN(8) == 0 {
						c.Ready(next, reader, func() {})
						c.Leave(reader)
					}
				}
				c.Leave(reader)
			})
		}
		readers.Wait()
		time.Sleep(time.Minute)
		c.mu.Lock()
		defer c.mu.Unlock()
		if len(c.at)+len(c.wanted)+len(c.fetching)+len(c.failed) > 0 {
			t.Errorf("left behind: %v, %d wanted, %d fetched, %v", c.at, len(c.wanted), len(c.fetching), c.failed)
		}
	})
}
