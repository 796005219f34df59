package pipeline

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"shipper/agent/pipeline/queue"
	"shipper/inputs/logfile"
	"shipper/outputs"
	"shipper/testing/await"
)

// An answer that is lost leaves the batch unresolved. Whatever waits behind it,
// exactly the same records are tried again before anything else of the shard.
func TestUnresolvedBatchIsRepeatedExactly(t *testing.T) {
	out := &scripted{}
	out.answer = func(n int, _ *outputs.Batch) outputs.Fate {
		if n < 3 {
			return outputs.Fate{State: outputs.Unresolved, Err: errScripted}
		}
		return outputs.Fate{State: outputs.Acked}
	}
	r := newRig(t, out)
	first := r.begin("first", 5)
	defer r.stop()
	await.True(t, patience, "an attempt is made", func() bool { return len(out.seen()) > 0 })
	second, text := lines("later", 5) // of equal count: what a reused sequence number would swallow
	r.write("a.log", text)
	r.until(append(append([]string(nil), first...), second...))
	for i, a := range out.seen()[:4] {
		if !slices.Equal(a.values, first) || a.repeat != (i > 0) {
			t.Errorf("attempt %d: repeat %v of %q, want the first batch", i, a.repeat, a.values)
		}
	}
	if n := r.route.Status().PossibleDuplicates; n != 0 {
		t.Errorf("%d possible duplicates counted, want 0", n)
	}
}

// A receipt whose bytes are gone is given up: counted, said, and the shard goes
// on with what is there.
func TestReceiptOfChangedBytesIsGivenUp(t *testing.T) {
	out := &scripted{}
	r := newRig(t, out)
	sent, release := make(chan struct{}), make(chan struct{})
	out.answer = func(n int, _ *outputs.Batch) outputs.Fate {
		if n == 0 {
			close(sent)
			<-release
			return outputs.Fate{State: outputs.Unresolved, Err: errScripted}
		}
		return outputs.Fate{State: outputs.Acked}
	}
	r.begin("old", 5)
	defer r.stop()
	<-sent
	fresh, text := lines("new", 7)
	if err := os.WriteFile(r.path("a.log"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	close(release)
	r.until(fresh)
	if n := r.route.Status().PossibleDuplicates; n != 5 {
		t.Errorf("%d possible duplicates, want the 5 records of the receipt", n)
	}
	if n := r.route.Status().UnprovableBytes; n != 5*int64(len("old-0000\n")) {
		t.Errorf("%d bytes unprovable", n)
	}
	if out.seen()[1].repeat {
		t.Error("other bytes were sent as a repeat")
	}
}

// A batch that is too large is cut down to the one record that is, which goes to
// quarantine; its neighbours arrive in order.
func TestTooLargeRecordIsQuarantined(t *testing.T) {
	out := &scripted{}
	out.answer = func(_ int, b *outputs.Batch) outputs.Fate {
		for i := range b.Segments {
			if strings.Contains(string(b.Segments[i].Data), "POISON") {
				return outputs.Fate{State: outputs.Refused, Class: outputs.RecordError, TooLarge: true, Err: errScripted}
			}
		}
		return outputs.Fate{State: outputs.Acked}
	}
	quarantineOne(t, out)
}

// The same if the output names the record.
func TestNamedRecordIsQuarantined(t *testing.T) {
	out := &scripted{}
	out.answer = func(_ int, b *outputs.Batch) outputs.Fate {
		var rejected []outputs.RecordRange
		for i := range b.Segments {
			for j := range b.Segments[i].Len() {
				if _, v, _ := b.Segments[i].At(j); strings.Contains(string(v), "POISON") {
					rejected = append(rejected, outputs.RecordRange{Segment: i, First: j, Count: 1, Reason: "poison"})
				}
			}
		}
		if rejected != nil {
			return outputs.Fate{State: outputs.Refused, Class: outputs.RecordError, Rejected: rejected, Err: errScripted}
		}
		return outputs.Fate{State: outputs.Acked}
	}
	quarantineOne(t, out)
}

func quarantineOne(t *testing.T, out *scripted) {
	r := newRig(t, out)
	before, a := lines("before", 100)
	after, b := lines("after", 100)
	r.write("a.log", a+"POISON\n"+b)
	r.start(nil)
	defer r.stop()
	r.until(append(append([]string(nil), before...), after...))
	if n := r.route.Status().QuarantinedRecords; n != 1 {
		t.Errorf("%d records quarantined, want 1", n)
	}
	kept, err := os.ReadFile(filepath.Join(r.state, "quarantine.jsonl"))
	if err != nil || strings.Count(string(kept), "\n") != 1 || !strings.Contains(string(kept), `"value":"UE9JU09O"`) {
		t.Errorf("quarantine holds %q, %v", kept, err)
	}
}

// A restart goes on where the last acknowledgement ended.
func TestRestartGoesOnFromTheWatermark(t *testing.T) {
	out := &scripted{}
	r := newRig(t, out)
	var want []string
	for i := range 4 {
		l, text := lines(strings.Repeat("x", i+1), 50)
		want = append(want, l...)
		r.write("a.log", text)
		r.start(nil)
		r.until(want)
		r.stop()
	}
}

// What was not acknowledged when the process ended is sent again; nothing that
// was is.
func TestNothingUnacknowledgedIsRecorded(t *testing.T) {
	out := &scripted{}
	out.answer = func(int, *outputs.Batch) outputs.Fate {
		return outputs.Fate{State: outputs.Unresolved, Err: errScripted}
	}
	r := newRig(t, out)
	want := r.begin("x", 20)
	await.True(t, patience, "a second attempt is made", func() bool { return len(out.seen()) > 1 })
	r.stop()
	out.answer = nil
	r.start(nil)
	defer r.stop()
	r.until(want)
}

// A shard whose attempts fail is not tried in a hot loop.
func TestFailuresBackOff(t *testing.T) {
	out := &scripted{}
	out.answer = func(int, *outputs.Batch) outputs.Fate {
		return outputs.Fate{State: outputs.Refused, Err: errScripted}
	}
	r := newRig(t, out)
	begun := time.Now()
	r.begin("x", 20)
	await.True(t, patience, "another attempt is made", func() bool { return len(out.seen()) > 1 })
	time.Sleep(time.Until(begun.Add(time.Second)))
	r.stop()
	if n, took := len(out.seen()), time.Since(begun); float64(n) > 8*took.Seconds() {
		t.Errorf("%d attempts in %v, want a few a second", n, took)
	}
}

// While the output says that it would refuse a shard nothing is read for it, and
// however long that takes, it is tried as soon as there is a point in it.
func TestShardWaitsForItsGate(t *testing.T) {
	out := &scripted{closed: true}
	out.answer = func(n int, _ *outputs.Batch) outputs.Fate {
		if n == 0 {
			return outputs.Fate{State: outputs.Unresolved, Err: errScripted}
		}
		return outputs.Fate{State: outputs.Acked}
	}
	r := newRig(t, out)
	want := r.begin("x", 20)
	defer r.stop()
	await.True(t, patience, "an attempt is made", func() bool { return len(out.seen()) == 1 }) // the first attempt is made, to know why
	time.Sleep(4 * queue.GateEvery)
	if n := len(out.seen()); n != 1 {
		t.Errorf("%d attempts while the gate was closed", n)
	}
	out.mu.Lock()
	out.closed = false
	out.mu.Unlock()
	r.until(want)
	if !out.seen()[1].repeat {
		t.Error("the second attempt is not a repeat")
	}
}

// Lines that no expression wants cost no attempt, and are not read twice.
func TestFilteredLinesAreCommitted(t *testing.T) {
	out := &scripted{}
	r := newRig(t, out)
	_, noise := lines("debug", 300)
	r.write("a.log", noise+"keep\n"+noise)
	wanted := []*regexp.Regexp{regexp.MustCompile("keep")}
	filter := func(c *logfile.Config) { c.Include = wanted }
	r.start(filter)
	r.until([]string{"keep"})
	await.True(t, patience, "all bytes are delivered", func() bool { return r.route.Status().DeliveredBytes == int64(2*len(noise)+5) })
	r.stop()
	r.start(nil) // without the filter: all of it is behind the watermark
	r.write("a.log", "end\n")
	r.until([]string{"keep", "end"})
	r.stop()
}

// Many streams on few shards: all arrive, each in order, one batch a shard.
func TestManyStreamsShareShards(t *testing.T) {
	out := &scripted{shards: 3}
	r := newRig(t, out)
	total := 0
	for i := range 100 {
		_, text := lines(strings.Repeat("s", i%5+1)+string(rune('A'+i%26)), 50)
		r.write(string(rune('a'+i/26))+string(rune('a'+i%26))+".log", text)
		total += 50
	}
	r.start(nil)
	defer r.stop()
	await.True(t, patience, "all is delivered", func() bool { return len(out.delivered()) == total })
	if out.overlap {
		t.Error("two batches of a shard were under way at once")
	}
}

// A topic that is unknown at first holds only its own streams, and they go on
// without a restart.
func TestUnknownTopicIsWaitedFor(t *testing.T) {
	out := &scripted{unknown: true}
	r := newRig(t, out)
	want := r.begin("x", 10)
	defer r.stop()
	time.Sleep(50 * time.Millisecond)
	if n := len(out.seen()); n != 0 {
		t.Fatalf("%d attempts at an unknown topic", n)
	}
	out.mu.Lock()
	out.unknown = false
	out.mu.Unlock()
	r.until(want)
}
