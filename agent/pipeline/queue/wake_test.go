package queue

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"shipper/agent/routes"
	"shipper/outputs"
)

// Idle lanes sleep for an hour. The one that was told that streams wait for
// their shard may be the one that is then busy for long: another must be told.
func TestLaneThatLeavesTellsOfUnplacedStreams(t *testing.T) {
	q := New(Config{Output: nowhere{}, Log: slog.New(slog.DiscardHandler)})
	q.mu.Lock()
	s := &Shard{index: -1, receipt: &outputs.Receipt{}}
	q.park(&Feed{})
	q.schedule(s, time.Now())
	q.mu.Unlock()
	select {
	case <-q.signal:
	default:
		t.Fatal("nobody was told")
	}
	if got, _ := q.tryLease(time.Now()); got != s {
		t.Fatal("the shard was not leased")
	}
	select {
	case <-q.signal:
	default:
		t.Error("no other lane was told that a stream waits for its shard")
	}
}

// A lane whose time is over may have taken the signal that was for another, or have
// given a shard back and told nobody, as it would have come for it itself.
func TestLaneThatEndsTellsAnother(t *testing.T) {
	q := New(Config{Output: nowhere{}, Log: slog.New(slog.DiscardHandler)})
	ended, end := context.WithCancel(t.Context())
	end()
	if s := q.Lease(ended); s != nil {
		t.Fatal("a shard was leased")
	}
	select {
	case <-q.signal:
	default:
		t.Error("nobody was told")
	}
}

// A shard whose feeds all rest is there at once for one that comes to it.
func TestNobodyWaitsForThoseWhoRest(t *testing.T) {
	q := New(Config{Output: nowhere{}, Log: slog.New(slog.DiscardHandler)})
	s := &Shard{index: -1, leased: true}
	rest := time.Now().Add(time.Hour)
	q.GiveBack(s, []Outcome{{Feed: &Feed{shard: s, route: &routes.Route{}, inFlight: true}, More: true, Rest: rest}}, time.Time{})
	if got, wait := q.tryLease(time.Now()); got != nil || wait < time.Minute {
		t.Fatalf("a shard that rests is leased, or in %v", wait)
	}
	q.mu.Lock()
	q.schedule(s, time.Now())
	q.mu.Unlock()
	if got, _ := q.tryLease(time.Now()); got != s {
		t.Error("who has nothing to rest for waits for others")
	}
}

// nowhere is an output that only has a shape.
type nowhere struct{ outputs.Output }

func (nowhere) Shape() outputs.Shape { return outputs.Shape{} }
