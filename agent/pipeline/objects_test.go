package pipeline

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"shipper/agent/failover"
	"shipper/agent/failover/objects"
	"shipper/checkpoint"
	"shipper/inputs"
	"shipper/inputs/logfile"
	"shipper/outputs"
	"shipper/outputs/s3/object"
	"shipper/testing/await"
)

// slowBucket holds the objects of one generation, of 100 bytes each. It keeps those
// that are slow to itself until it is told.
type slowBucket struct {
	text    string
	asked   chan string   // for a slow one
	release chan struct{} // closed: none is slow any more

	mu   sync.Mutex
	slow map[string]bool
}

func (b *slowBucket) Get(ctx context.Context, key string) (*object.Meta, *inputs.Segment, error) {
	b.mu.Lock()
	slow := b.slow[key]
	b.mu.Unlock()
	if slow {
		b.asked <- key
		select {
		case <-b.release:
		case <-ctx.Done():
			return nil, nil, ctx.Err()
		}
	}
	var n int
	if _, err := fmt.Sscanf(key, "object %d", &n); err != nil {
		return nil, nil, err
	}
	return nil, &inputs.Segment{Data: []byte(b.text[n*100 : min(len(b.text), n*100+100)])}, nil
}

func (b *slowBucket) slowDown(key string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.slow[key] = true
}

// returning is a rig whose log is gone, and in the objects of a bucket: lines of 60
// bytes, every other of which begins in one object and ends in the next.
func returning(t *testing.T, out *scripted) (r *rig, b *slowBucket, cache *objects.Cache, want []string) {
	t.Helper()
	for n := range 5 {
		want = append(want, fmt.Sprintf("line %d %s", n, strings.Repeat("x", 52)))
	}
	b = &slowBucket{text: strings.Join(want, "\n") + "\n", asked: make(chan string, 8), release: make(chan struct{}), slow: map[string]bool{}}
	r = newRig(t, out)
	cache = objects.NewCache(b)
	t.Cleanup(cache.Close)
	r.aside = failover.NewAside(1, &checkpoint.State{}, nil, cache)
	const generation = 0xfeed
	for n := range len(b.text) / 100 {
		name := object.Name{Generation: generation, Start: int64(n) * 100, End: int64(n+1) * 100}
		r.aside.Found(&checkpoint.Changes{}, name, fmt.Sprint("object ", n), r.path("a.log"))
	}
	r.start(nil)
	t.Cleanup(r.stop)
	return r, b, cache, want
}

// come makes the log known that is gone.
func (r *rig) come() {
	r.input.Adopt(&logfile.Saved{Identity: logfile.Identity{ID: 0xfeed, Stream: r.path("a.log"), Path: r.path("a.log"), Inode: 1}})
}

// within fails if work does not return, which waits for nothing but an object.
func (b *slowBucket) within(t *testing.T, what string, work func()) {
	t.Helper()
	late := time.AfterFunc(patience, func() { close(b.release) })
	work()
	if !late.Stop() {
		t.Fatalf("%s waited for the object", what)
	}
}

// waiting is a rig of which a lane waits for an object, so long that it was given up if
// overdue.
func waiting(t *testing.T, overdue bool) (r *rig, b *slowBucket, want []string) {
	t.Helper()
	r, b, _, want = returning(t, &scripted{})
	b.slowDown("object 1")
	r.come()
	<-b.asked
	if overdue {
		await.True(t, patience, "the read is overdue", r.pipe.lanes.Hangs)
	}
	return r, b, want
}

// TestNoHaltWaitsForAnObject: a lane that waits for an object to be fetched has sent
// nothing. A halt ends the wait at once, however long it would let a batch go on, and
// so it does for a lane that was given up by then. Nothing is lost, or an error.
func TestNoHaltWaitsForAnObject(t *testing.T) {
	for _, overdue := range []bool{false, true} {
		t.Run(fmt.Sprintf("overdue=%v", overdue), func(t *testing.T) {
			t.Parallel()
			r, b, want := waiting(t, overdue)
			b.within(t, "the halt", func() { r.pipe.Halt(time.Hour) })
			if err, _ := r.route.LastError(); err != "" {
				t.Errorf("an error: %s", err)
			}
			for _, f := range r.input.Files() {
				if f.LastError != "" {
					t.Errorf("an error of the file: %s", f.LastError)
				}
			}
			close(b.release)
			r.pipe.Start()
			r.until(want)
		})
	}
}

// TestNoReloadWaitsForAnObject: a route leaves while a lane waits for an object of it.
func TestNoReloadWaitsForAnObject(t *testing.T) {
	for _, overdue := range []bool{false, true} {
		t.Run(fmt.Sprintf("overdue=%v", overdue), func(t *testing.T) {
			t.Parallel()
			r, b, want := waiting(t, overdue)
			b.within(t, "the reload", func() { r.pipe.Detach(r.route) })
			close(b.release)
			if got := r.out.delivered(); len(got) > 1 || (len(got) == 1 && got[0] != want[0]) {
				t.Errorf("delivered %q", got)
			}
		})
	}
}

// TestRepeatIsWaitedFor: a batch of unknown fate is read again for as long as a halt
// lets batches go on: what comes in time is no duplicate.
func TestRepeatIsWaitedFor(t *testing.T) {
	out := &scripted{}
	r, b, cache, want := returning(t, out)
	out.answer = func(n int, _ *outputs.Batch) outputs.Fate {
		if n > 0 {
			return outputs.Fate{State: outputs.Acked, BaseOffset: -1}
		}
		for _, other := range []string{"object 1", "object 2"} { // which the first one makes room for
			if _, err := cache.Get(other, nil, nil); err != nil {
				t.Error(err)
			}
		}
		b.slowDown("object 0")
		return outputs.Fate{State: outputs.Unresolved, Err: errScripted}
	}
	r.come()
	<-b.asked
	waitsFor(t, "the batch", b.release, func() { r.pipe.Halt(time.Hour) })
	if got := strings.Join(out.delivered(), "\n"); got != want[0] {
		t.Errorf("delivered %q", got)
	}
	if n := r.route.Status().PossibleDuplicates; n != 0 {
		t.Errorf("%d possible duplicates", n)
	}
}
