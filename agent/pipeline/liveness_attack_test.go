package pipeline

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"shipper/agent/poison"
	"shipper/inputs"
	"shipper/outputs"
)

// Idle lanes sleep for an hour. The one that was told that streams wait for
// their shard may be the one that is then busy for long: another must be told.
func TestLaneThatLeavesTellsOfUnplacedStreams(t *testing.T) {
	out := &scripted{}
	r := newRig(t, out)
	r.start(nil)
	r.stop()
	p := r.pipe
	p.mu.Lock()
	s := &shard{index: -1, receipt: &outputs.Receipt{}}
	p.park(&feed{})
	p.schedule(s, time.Now())
	p.mu.Unlock()
	select {
	case <-p.signal:
	default:
		t.Fatal("nobody was told")
	}
	if got, _ := p.tryLease(time.Now()); got != s {
		t.Fatal("the shard was not leased")
	}
	select {
	case <-p.signal:
	default:
		t.Error("no other lane was told that a stream waits for its shard")
	}
}

// What precedes a poisoned record is read within the shard's limit: else the
// batch is too large each time, at once and for ever.
func TestPoisonKeepsToTheLimit(t *testing.T) {
	const fits = 2000
	out := &scripted{}
	out.answer = func(_ int, b *outputs.Batch) outputs.Fate {
		if b.Bytes() > fits {
			return outputs.Fate{State: outputs.Refused, Class: outputs.RecordError, TooLarge: true, Err: errScripted}
		}
		return outputs.Fate{State: outputs.Acked}
	}
	r := newRig(t, out)
	var want []string
	for i := range 4 {
		l, text := lines(fmt.Sprintf("%c", 'a'+i), 1000)
		want = append(want, l...)
		r.write(fmt.Sprintf("%c.log", 'a'+i), text)
	}
	out.unknown = true
	r.start(nil)
	defer r.stop()
	waitFor(t, func() bool { return r.pipe.unplacedFeeds() == 4 })
	r.pipe.mu.Lock() // as a refused batch of one stream alone may leave it
	last := r.pipe.parked[3]
	refused := inputs.Segment{Data: make([]byte, 1907), End: 1907, Ends: []uint32{1900, 1907}}
	last.poison = poison.Find(&refused, 0, []outputs.RecordRange{{First: 1, Count: 1, Reason: "poison"}})
	r.pipe.mu.Unlock()
	out.mu.Lock()
	out.unknown = false
	out.mu.Unlock()
	deadline := time.Now().Add(5 * time.Second)
	for len(out.delivered()) < len(want) && time.Now().Before(deadline) {
		time.Sleep(10 * time.Millisecond)
	}
	got := out.delivered()
	slices.Sort(got)
	slices.Sort(want)
	if len(out.seen()) > 1000 || !slices.Equal(got, want) {
		t.Errorf("%d of %d records delivered in %d attempts", len(got), len(want), len(out.seen()))
	}
}

func (p *Pipeline) unplacedFeeds() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.parked)
}
