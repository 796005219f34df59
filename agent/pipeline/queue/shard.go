package queue

import (
	"time"

	"shipper/agent/poison"
	"shipper/outputs"
)

// Shard is an output's unit of order. Its methods are for the lane that has leased it.
type Shard struct {
	id outputs.Shard

	// Guarded by Queue.mu.
	queue  []*Feed   // with bytes to read, longest waiting first
	leased bool      // a lane has it
	index  int       // in Queue.ready, -1 if not there
	at     time.Time // when it may be leased
	behind bool      // more bytes were waiting when it was last given back
	// crowded says that the last turn left feeds in the queue, which have
	// waited for long enough.
	crowded bool
	rests   bool // it waits only because all feeds in its queue rest
	state   shardState

	// These belong to the lane that has leased the shard, and to the queue while
	// none has.
	along      []*Shard         // leased with it, to go in the same request
	proven     bool             // the last attempt was acknowledged
	receipt    *outputs.Receipt // of the batch whose fate is unknown
	suspended  []*Feed          // the feed of each segment of receipt
	unreadable time.Time        // since when receipt can't be read again, zero if it can
	cut        poison.Cut
}

// ID is what the output calls it.
func (s *Shard) ID() outputs.Shard { return s.id }

// Along are the shards that were leased with it, to go in the same request.
func (s *Shard) Along() []*Shard { return s.along }

// Cut is how its batches are to be cut.
func (s *Shard) Cut() *poison.Cut { return &s.cut }

// Receipt is of the batch whose fate is unknown, with the feed of each segment; nil if
// there is none.
func (s *Shard) Receipt() (*outputs.Receipt, []*Feed) { return s.receipt, s.suspended }

// Suspend keeps the feeds of an unresolved batch in flight: nothing of their
// streams may be sent before the receipt is resolved.
func (s *Shard) Suspend(receipt *outputs.Receipt, feeds []*Feed) {
	s.receipt = receipt
	s.suspended = append(s.suspended[:0], feeds...)
}

// Resolve ends the receipt: its records were acknowledged, refused or given up.
func (s *Shard) Resolve() {
	s.receipt, s.suspended = nil, s.suspended[:0]
}

// Unreadable notes that the receipt can't be read again now, and returns for how long
// that has been so.
func (s *Shard) Unreadable(now time.Time) time.Duration {
	if s.unreadable.IsZero() {
		s.unreadable = now
	}
	return now.Sub(s.unreadable)
}

// Readable notes that it can.
func (s *Shard) Readable() { s.unreadable = time.Time{} }

// Prove notes whether the last attempt was acknowledged: if not, nothing else goes
// along with the next. What nothing was sent of says nothing of the output.
func (s *Shard) Prove(acked, sent bool) { s.proven = acked && (s.proven || sent) }

// lingers tells whether it waits for nothing but more bytes, if anything. The caller
// holds mu.
func (s *Shard) lingers() bool { return s.index >= 0 && s.receipt == nil && s.state.failures == 0 }

// rest is until when all feeds in the queue are passed over, zero if one is not.
func (s *Shard) rest() (until time.Time) {
	for _, f := range s.queue {
		if f.rest.IsZero() {
			return time.Time{}
		}
		if until.IsZero() || f.rest.Before(until) {
			until = f.rest
		}
	}
	return until
}

// shardState is what Snapshot shows of a shard; guarded by Queue.mu.
type shardState struct {
	failures   int  // attempts since the last acknowledgement
	acked      bool // the last attempt was acknowledged
	unresolved bool
	lastErr    string
}

// readyHeap orders the shards that wait to be leased by the time from which they
// may be; equal to longest waiting first.
type readyHeap []*Shard

func (h readyHeap) Len() int           { return len(h) }
func (h readyHeap) Less(i, j int) bool { return h[i].at.Before(h[j].at) }
func (h readyHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}

// Push and Pop serve container/heap.
func (h *readyHeap) Push(x any) {
	s := x.(*Shard)
	s.index = len(*h)
	*h = append(*h, s)
}

// Pop serves container/heap.
func (h *readyHeap) Pop() any {
	old := *h
	s := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	s.index = -1
	return s
}
