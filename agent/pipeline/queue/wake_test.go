package queue

import (
	"context"
	"log/slog"
	"testing"
	"time"

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

// nowhere is an output that only has a shape.
type nowhere struct{ outputs.Output }

func (nowhere) Shape() outputs.Shape { return outputs.Shape{} }
