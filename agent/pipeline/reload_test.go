package pipeline

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"shipper/agent/stored"
	"shipper/checkpoint"
	"shipper/inputs/logfile"
	"shipper/outputs"
	"shipper/testing/await"
)

// TestStreamsLeaveAPipeline takes a route out of a pipeline while a batch of its is
// of unknown fate, and another is in the hands of a lane.
func TestStreamsLeaveAPipeline(t *testing.T) {
	sent, release := make(chan struct{}), make(chan struct{})
	out := &scripted{}
	out.answer = func(n int, _ *outputs.Batch) outputs.Fate {
		if n == 0 {
			close(sent)
			<-release
		}
		return outputs.Fate{State: outputs.Unresolved, Err: errScripted}
	}
	r := newRig(t, out)
	_, text := lines("x", 5)
	r.write("a.log", text)
	r.start(nil)
	defer r.stop()
	<-sent
	waitsFor(t, "the batch that a lane has in hand", release, func() { r.pipe.Detach(r.route) })
	if n := r.route.Status().PossibleDuplicates; n != 5 {
		t.Errorf("%d possible duplicates, want the 5 records of the receipt", n)
	}
	r.write("a.log", text) // the input still runs: nobody listens to it any more
	time.Sleep(100 * time.Millisecond)
	attempts := len(out.seen())
	if n := r.pipe.queue.Count().Streams; n > 0 {
		t.Errorf("%d streams are still in the pipeline", n)
	}
	if attempts != 1 {
		t.Errorf("%d attempts, want 1", attempts)
	}
}

// TestOutputIsReplaced gives a pipeline another output while a batch is of unknown
// fate at the old one: the new one gets everything, and no repeat.
func TestOutputIsReplaced(t *testing.T) {
	old := &scripted{}
	old.answer = func(int, *outputs.Batch) outputs.Fate {
		return outputs.Fate{State: outputs.Unresolved, Err: errScripted}
	}
	r := newRig(t, old)
	want := r.begin("x", 5)
	defer r.stop()
	await.True(t, patience, "an attempt is made", func() bool { return len(old.seen()) > 0 })
	r.pipe.Halt(time.Second)
	fresh := &scripted{}
	fresh.answer = func(int, *outputs.Batch) outputs.Fate { return outputs.Fate{State: outputs.Acked} }
	by := r.heir(fresh)
	r.pipe.Replace(by)
	r.out = fresh
	r.pipe.Start()
	r.until(want)
	if seen := fresh.seen(); seen[0].repeat {
		t.Error("the new output was handed a repeat")
	}
	if n := r.route.Status().PossibleDuplicates; n != 5 {
		t.Errorf("%d possible duplicates, want the 5 records of the receipt", n)
	}
	if got := strings.Join(fresh.delivered(), ","); got != strings.Join(want, ",") {
		t.Errorf("delivered %s", got)
	}
}

// TestLanesAreResized: batches go on while a pipeline gets other lanes.
func TestLanesAreResized(t *testing.T) {
	out := &scripted{}
	out.answer = func(int, *outputs.Batch) outputs.Fate { return outputs.Fate{State: outputs.Acked} }
	r := newRig(t, out)
	r.start(nil)
	defer r.stop()
	var want []string
	for n := range 4 {
		all, text := lines(strings.Repeat("x", n+1), 50)
		want = append(want, all...)
		r.write("a.log", text)
		r.pipe.Resize(1+n, (16+n)<<10)
		r.until(want)
	}
}

// TestLeavingLaneTellsAnother: a lane that is replaced while its batch is under way
// gives its shard back, of which more waits, and does not come for it any more. By
// then the new one has looked, in most rounds.
func TestLeavingLaneTellsAnother(t *testing.T) {
	for range 10 {
		replaceWhileUnderWay(t)
	}
}

func replaceWhileUnderWay(t *testing.T) {
	t.Helper()
	out := &scripted{batch: 512}
	under, answer := make(chan struct{}), make(chan struct{})
	out.answer = func(n int, _ *outputs.Batch) outputs.Fate {
		if n == 0 {
			close(under)
			<-answer
		}
		return outputs.Fate{State: outputs.Acked}
	}
	r := newRig(t, out)
	r.lanes = 1
	want, text := lines("x", 200) // three batches
	r.write("a.log", text)
	r.start(nil)
	defer r.stop()
	<-under
	r.pipe.Resize(1, 32<<10)
	time.Sleep(2 * time.Millisecond)
	close(answer)
	r.until(want)
}

// The output that a reload takes away says nothing any more about the one in its
// place: that is asked itself whether a shard is to be tried again.
func TestReplacedOutputIsAskedItself(t *testing.T) {
	old := &scripted{closed: true}
	old.answer = func(int, *outputs.Batch) outputs.Fate {
		return outputs.Fate{State: outputs.Refused, Err: errScripted}
	}
	r := newRig(t, old)
	want := r.begin("x", 5)
	defer r.stop()
	await.True(t, patience, "an attempt is made", func() bool { return len(old.seen()) > 0 })
	r.pipe.Halt(time.Second)
	fresh := &scripted{}
	fresh.answer = func(n int, _ *outputs.Batch) outputs.Fate {
		if n == 0 {
			return outputs.Fate{State: outputs.Refused, Err: errScripted}
		}
		return outputs.Fate{State: outputs.Acked}
	}
	by := r.heir(fresh)
	r.pipe.Replace(by)
	r.out = fresh
	r.pipe.Start()
	r.until(want)
}

// TestLookedAtWhileReplaced looks, as the status does, at an output and its routes
// while a reload puts another one in its place.
func TestLookedAtWhileReplaced(t *testing.T) {
	r := newRig(t, &scripted{id: "one"})
	r.start(nil)
	defer r.stop()
	r.pipe.Halt(time.Second)
	looking, looked := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(looked)
		for {
			r.pipe.Status()
			r.route.Status()
			select {
			case <-looking:
				return
			default:
			}
		}
	}()
	for range 100 {
		by := r.heir(&scripted{id: "two"})
		r.pipe.Replace(by)
	}
	close(looking)
	<-looked
	r.pipe.Start()
}

// TestConfirmedTooLate: what is learned of a complete file when a reload has closed
// the input, and the next one is further on in it, sets no offset back: the checkpoint
// does not let it.
func TestConfirmedTooLate(t *testing.T) {
	told := make(chan *logfile.Completion, 1)
	r := newRig(t, &scripted{answer: func(int, *outputs.Batch) outputs.Fate { return outputs.Fate{State: outputs.Acked} }})
	r.told = func(c *logfile.Completion) { told <- c }
	one, text := lines("one", 20)
	r.write("a.log", text)
	r.start(func(c *logfile.Config) { c.QuietCompletes, c.QuietAfter = true, 20*time.Millisecond })
	defer r.stop()
	c := <-told
	old := r.input
	r.cancel()
	r.done.Wait()
	r.pipe.Detach(r.route)
	if err := r.input.Close(); err != nil {
		t.Fatal(err)
	}
	two, text := lines("two", 20)
	r.write("a.log", text)
	r.told = nil
	r.open(nil)
	r.until(append(one, two...))
	offset := func() int64 {
		return r.store.State().Generations[c.Generation].Watermarks[checkpoint.RouteID(1)].Offset
	}
	await.True(t, patience, "the offset is beyond the file", func() bool { return offset() > c.Bytes })
	at := offset()
	var changes checkpoint.Changes
	stored.AddProgress(&changes, old.Confirm(c), "in", 1)
	if len(changes.Offsets) == 0 {
		t.Fatal("nothing was confirmed")
	}
	r.store.Commit(&changes)
	if now := offset(); now != at {
		t.Errorf("the offset went from %d back to %d", at, now)
	}
}

// paced has a batch wait for its turn, which does not come.
type paced struct {
	scripted
	waits, rush chan struct{}
	rushed      sync.Once
}

func (o *paced) Write(_ context.Context, batches []*outputs.Batch) {
	o.waits <- struct{}{}
	<-o.rush
	for _, b := range batches {
		b.Fate = outputs.Fate{State: outputs.Refused, Err: fmt.Errorf("wait: %w", outputs.ErrRushed)}
	}
}

func (o *paced) Rush() (end func()) {
	o.rushed.Do(func() { close(o.rush) })
	return func() {}
}

// beginPaced is a rig with an output at which a batch waits for its turn.
func beginPaced(t *testing.T) *rig {
	t.Helper()
	out := &paced{waits: make(chan struct{}, 8), rush: make(chan struct{})}
	r := newRig(t, &out.scripted)
	_, text := lines("x", 5)
	r.write("a.log", text)
	r.start(nil)
	t.Cleanup(r.stop)
	r.pipe.Halt(time.Second)
	r.pipe.Replace(r.heir(out))
	r.pipe.Start()
	r.write("a.log", text)
	<-out.waits
	return r
}

// TestHaltDoesNotWaitForMaxRate: nor does a halt, however long batches may go on.
func TestHaltDoesNotWaitForMaxRate(t *testing.T) {
	r := beginPaced(t)
	r.pipe.Halt(time.Hour)
	if n := r.pipe.queue.Count(); n.Stalled != 0 || n.Streams != 1 {
		t.Errorf("%d shards stalled, %d streams left", n.Stalled, n.Streams)
	}
}

// TestReloadDoesNotWaitForMaxRate: a batch that waits for its turn is no reason to wait
// for a reload, nor to call the output unwell.
func TestReloadDoesNotWaitForMaxRate(t *testing.T) {
	r := beginPaced(t)
	r.pipe.Detach(r.route)
	if n := r.pipe.queue.Count(); n.Stalled != 0 || n.Streams != 0 {
		t.Errorf("%d shards stalled, %d streams left", n.Stalled, n.Streams)
	}
}
