package pipeline

import (
	"slices"
	"strings"
	"testing"
	"time"

	"shipper/outputs"
	"shipper/testing/await"
)

// still fails if any attempt follows within a while in which some would have
// been made, were they allowed.
func still(t *testing.T, r *rig) {
	t.Helper()
	before := len(r.out.seen())
	time.Sleep(3 * 250 * time.Millisecond) // that is how often those without a shard ask
	if all := r.out.seen(); len(all) > before {
		t.Fatalf("sent to another cluster: %q", all[before].values)
	}
}

// What one cluster acknowledged is not there in another: the route waits, through
// restarts, and goes on by itself when its own cluster is back.
func TestRouteWaitsWhenItsClusterChanged(t *testing.T) {
	out := &scripted{id: "A"}
	r := newRig(t, out)
	all := r.begin("first", 5)
	r.until(all)
	r.stop()
	if got := r.store.State().Routes[1].Cluster; got != "A" {
		t.Fatalf("the stored cluster is %q", got)
	}

	// Another one answers after a restart.
	out.answerAs("B", true)
	more, text := lines("second", 5)
	r.write("a.log", text)
	all = append(all, more...)
	r.start(nil)
	await.True(t, patience, "the route is held", func() bool { return r.route.Status().Held != "" })
	still(t, r)
	if s := r.route.Status(); !strings.Contains(s.Held, "cluster A, this is B") ||
		!strings.Contains(s.Held, "adopt --route in:scripted.out") || !strings.Contains(s.Held, "reset --all --route in:scripted.out") {
		t.Errorf("held: %q", s.Held)
	}
	out.answerAs("A", true)
	r.until(all)
	if s := r.route.Status(); s.Held != "" {
		t.Errorf("still held: %q", s.Held)
	}

	// And another while the agent lives, with a stream that has its shard.
	out.answerAs("C", true)
	more, text = lines("third", 5)
	r.write("a.log", text)
	all = append(all, more...)
	await.True(t, patience, "the route is held", func() bool { return r.route.Status().Held != "" })
	still(t, r)
	// A cluster that tells no id, as old ones do, is believed.
	out.answerAs("", true)
	r.until(all)
	r.stop()
	if got := r.store.State().Routes[1].Cluster; got != "A" {
		t.Fatalf("the stored cluster is %q now", got)
	}
}

// A batch whose fate is unknown is repeated at the cluster that it was sent to.
func TestReceiptIsNotRepeatedAtAnotherCluster(t *testing.T) {
	out := &scripted{id: "A"}
	out.answer = func(n int, _ *outputs.Batch) outputs.Fate {
		if n == 1 {
			out.answerAs("B", true)
		}
		if n < 1 || n > 1 {
			return outputs.Fate{State: outputs.Acked}
		}
		return outputs.Fate{State: outputs.Unresolved, Err: errScripted}
	}
	r := newRig(t, out)
	first := r.begin("first", 5)
	defer r.stop()
	r.until(first)
	second, text := lines("second", 5)
	r.write("a.log", text)
	await.True(t, patience, "the route is held after two attempts", func() bool { return len(out.seen()) == 2 && r.route.Status().Held != "" })
	still(t, r)
	out.answerAs("A", true)
	r.until(append(slices.Clone(first), second...))
	if a := out.seen()[2]; !a.repeat || !slices.Equal(a.values, second) {
		t.Errorf("the third attempt is %+v", a)
	}
}

// While nobody has answered, a route that has a cluster waits to hear its id;
// one that has none takes whichever comes.
func TestRouteWaitsToHearTheCluster(t *testing.T) {
	out := &scripted{id: "", unheard: true}
	r := newRig(t, out)
	all := r.begin("first", 5)
	r.until(all) // as an output that can tell nothing
	out.answerAs("A", true)
	more, text := lines("second", 5)
	r.write("a.log", text)
	all = append(all, more...)
	r.until(all)
	r.stop()

	out.answerAs("", false)
	more, text = lines("third", 5)
	r.write("a.log", text)
	all = append(all, more...)
	r.start(nil)
	defer r.stop()
	await.True(t, patience, "an error is noted", func() bool { _, at := r.route.LastError(); return !at.IsZero() })
	still(t, r)
	out.answerAs("A", true)
	r.until(all)
	if got := r.store.State().Routes[1].Cluster; got != "A" {
		t.Errorf("the stored cluster is %q", got)
	}
}
