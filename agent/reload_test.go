package agent

import (
	"strings"
	"testing"
	"time"

	"shipper/outputs"
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
	left := make(chan struct{})
	go func() {
		defer close(left)
		r.pipe.detach(r.route)
	}()
	select {
	case <-left:
		t.Fatal("the route left while a lane had a batch of it in hand")
	case <-time.After(50 * time.Millisecond):
	}
	close(release)
	<-left
	if n := r.route.possibleDuplicates.Load(); n != 5 {
		t.Errorf("%d possible duplicates, want the 5 records of the receipt", n)
	}
	r.write("a.log", text) // the input still runs: nobody listens to it any more
	time.Sleep(100 * time.Millisecond)
	attempts := len(out.seen())
	r.pipe.mu.Lock()
	defer r.pipe.mu.Unlock()
	if len(r.pipe.feeds) > 0 {
		t.Errorf("%d streams are still in the pipeline", len(r.pipe.feeds))
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
	want, text := lines("x", 5)
	r.write("a.log", text)
	r.start(nil)
	defer r.stop()
	waitFor(t, func() bool { return len(old.seen()) > 0 })
	r.pipe.halt(time.Second)
	fresh := &scripted{}
	fresh.answer = func(int, *outputs.Batch) outputs.Fate { return outputs.Fate{State: outputs.Acked} }
	by := newPipeline("scripted.out", fresh, r.store, nil, r.pipe.log)
	by.lanes, by.buffer, by.quar = 2, 32<<10, r.pipe.quar
	r.pipe.replace(by)
	r.out = fresh
	r.pipe.start()
	r.until(want)
	if seen := fresh.seen(); seen[0].repeat {
		t.Error("the new output was handed a repeat")
	}
	if n := r.route.possibleDuplicates.Load(); n != 5 {
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
		r.pipe.resize(1+n, (16+n)<<10)
		r.until(want)
	}
}

// The output that a reload takes away says nothing any more about the one in its
// place: that is asked itself whether a shard is to be tried again.
func TestReplacedOutputIsAskedItself(t *testing.T) {
	old := &scripted{closed: true}
	old.answer = func(int, *outputs.Batch) outputs.Fate {
		return outputs.Fate{State: outputs.Refused, Err: errScripted}
	}
	r := newRig(t, old)
	want, text := lines("x", 5)
	r.write("a.log", text)
	r.start(nil)
	defer r.stop()
	waitFor(t, func() bool { return len(old.seen()) > 0 })
	r.pipe.halt(time.Second)
	fresh := &scripted{}
	fresh.answer = func(n int, _ *outputs.Batch) outputs.Fate {
		if n == 0 {
			return outputs.Fate{State: outputs.Refused, Err: errScripted}
		}
		return outputs.Fate{State: outputs.Acked}
	}
	by := newPipeline("scripted.out", fresh, r.store, nil, r.pipe.log)
	by.lanes, by.buffer, by.quar = 2, 32<<10, r.pipe.quar
	r.pipe.replace(by)
	r.out = fresh
	r.pipe.start()
	r.until(want)
}

// TestLookedAtWhileReplaced looks, as the status does, at an output and its routes
// while a reload puts another one in its place.
func TestLookedAtWhileReplaced(t *testing.T) {
	r := newRig(t, &scripted{id: "one"})
	r.start(nil)
	defer r.stop()
	r.pipe.halt(time.Second)
	looking, looked := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(looked)
		for {
			r.pipe.outputStatus()
			r.route.status()
			select {
			case <-looking:
				return
			default:
			}
		}
	}()
	for range 100 {
		by := newPipeline("scripted.out", &scripted{id: "two"}, r.store, nil, r.pipe.log)
		by.lanes, by.buffer, by.quar = 2, 32<<10, r.pipe.quar
		r.pipe.replace(by)
	}
	close(looking)
	<-looked
	r.pipe.start()
}
