package pipeline

import (
	"time"

	"shipper/agent/poison"
	"shipper/inputs/logfile"
	"shipper/outputs"
)

// feed is one stream on its way to one shard: a cursor and where it stands.
type feed struct {
	cursor *logfile.Cursor
	route  *Route
	shard  *shard // nil until the output can tell

	// Guarded by pipeline.mu.
	queued   bool      // in shard.queue or pipeline.parked
	inFlight bool      // in the hands of the lane that leased the shard
	woken    bool      // new bytes were noticed while inFlight
	hung     bool      // inFlight in the hands of a lane that has lost the shard, see surrender
	idle     time.Time // since when it has nothing to read
	rest     time.Time // until when it is passed over though it is queued

	// These belong to the lane that has leased the shard.
	poison      *poison.Record
	choiceSaved bool   // the stream's shard is surely in the checkpoint
	tried       bool   // an attempt of the bytes behind the watermark was made
	ahead       *ahead // nil for most
}

// shard is an output's unit of order, see the package comment.
type shard struct {
	id outputs.Shard

	// Guarded by pipeline.mu.
	queue  []*feed   // with bytes to read, longest waiting first
	leased bool      // a lane has it
	index  int       // in pipeline.ready, -1 if not there
	at     time.Time // when it may be leased
	behind bool      // more bytes were waiting when it was last given back
	// crowded says that the last turn left feeds in the queue, which have
	// waited for long enough.
	crowded bool
	rests   bool // it waits only because all feeds in its queue rest
	state   shardState

	// These belong to the lane that has leased the shard.
	along      []*shard         // leased with it, to go in the same request
	proven     bool             // the last attempt was acknowledged
	receipt    *outputs.Receipt // of the batch whose fate is unknown
	suspended  []*feed          // the feed of each segment of receipt
	unreadable time.Time        // since when receipt can't be read again, zero if it can
	limit      int              // bytes of a batch, lowered when the output finds batches too large; 0: no limit
	within     int              // batches acknowledged under limit since it was last changed
	untimed    int              // batches still to be sent with the time of reading and not their own
}

// rest is until when all feeds in the queue are passed over, zero if one is not.
func (s *shard) rest() (until time.Time) {
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

// widenAfter is how many batches of a lowered size must be acknowledged before a
// larger one is tried again: seldom enough that lines which are always too many
// for one batch cost a refusal only now and then.
const widenAfter = 64

// widen raises a lowered limit, up to the output's own batch size.
func (s *shard) widen(most int) {
	if s.limit == 0 {
		return
	}
	if s.within++; s.within < widenAfter {
		return
	}
	s.within = 0
	if s.limit *= 2; s.limit >= most {
		s.limit = 0
	}
}

// shardState is what Snapshot shows of a shard; guarded by pipeline.mu.
type shardState struct {
	failures   int  // attempts since the last acknowledgement
	acked      bool // the last attempt was acknowledged
	unresolved bool
	lastErr    string
}

// readyHeap orders the shards that wait to be leased by the time from which they
// may be; equal to longest waiting first.
type readyHeap []*shard

func (h readyHeap) Len() int           { return len(h) }
func (h readyHeap) Less(i, j int) bool { return h[i].at.Before(h[j].at) }
func (h readyHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}

// Push and Pop serve container/heap.
func (h *readyHeap) Push(x any) {
	s := x.(*shard)
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
