package audit

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"shipper/inputs"
	"shipper/outputs"
)

const (
	mostRecords = 100 // of one batch
	waitFirst   = 100 * time.Millisecond
	waitMost    = 5 * time.Second
)

// Auditor sends records to their topics until it is told to stop. Add and Status
// are safe for concurrent use.
type Auditor struct {
	output outputs.Output // its own
	log    *slog.Logger

	wake chan struct{}
	mu   sync.Mutex
	news []item
	heir *Auditor // to which everything goes, nil for none
	left int      // records that are not acknowledged
	err  error    // why not, nil if the last attempt was

	// The rest belongs to Run.
	trouble error  // of the attempt under way, nil if there is none
	parked  []item // their shard is not known yet
	shards  map[outputs.Shard]*shard
}

// item is a record on its way.
type item struct {
	segment inputs.Segment
	done    func()
}

// shard is a partition, with the batch under way and what waits for it.
type shard struct {
	batch   *outputs.Batch // nil if none is
	sending []item         // of batch
	queue   []item
}

// NewAuditor sends by output, which nobody else writes to and which is closed with
// the Auditor.
func NewAuditor(output outputs.Output, log *slog.Logger) *Auditor {
	return &Auditor{output: output, log: log, wake: make(chan struct{}, 1), shards: map[outputs.Shard]*shard{}}
}

// Add has a record sent to a topic, and done called once it is acknowledged. id is
// the generation's.
func (a *Auditor) Add(r *Record, id uint64, topic string, done func()) error {
	segment, err := r.segment(id, topic)
	if err != nil {
		return err
	}
	a.mu.Lock()
	for a.heir != nil {
		heir := a.heir
		a.mu.Unlock()
		a = heir
		a.mu.Lock()
	}
	a.news = append(a.news, item{segment, done})
	a.left++
	a.mu.Unlock()
	a.knock()
	return nil
}

// Run sends until ctx ends; hard ends an attempt that is under way. What is not
// acknowledged by then is sent by the next process.
func (a *Auditor) Run(ctx, hard context.Context) {
	wait := time.Duration(0)
	for ctx.Err() == nil {
		batches := a.collect()
		if len(batches) > 0 {
			a.output.Write(hard, batches)
		}
		a.settle()
		if a.conclude() {
			wait = 0
			select {
			case <-ctx.Done():
			case <-a.wake:
			}
			continue
		}
		wait = min(max(2*wait, waitFirst), waitMost)
		timer := time.NewTimer(wait/2 + rand.N(wait/2))
		select { // news don't make the output any better
		case <-ctx.Done():
		case <-timer.C:
		}
		timer.Stop()
	}
}

// conclude notes how an attempt went, and tells whether it went well.
func (a *Auditor) conclude() bool {
	a.mu.Lock()
	was, left := a.err, a.left
	a.err = a.trouble
	a.mu.Unlock()
	switch {
	case a.trouble != nil && was == nil:
		a.log.Warn("records of complete files wait; they are tried again until they are acknowledged", "records", left, "error", a.trouble)
	case a.trouble == nil && was != nil:
		a.log.Info("records of complete files are acknowledged again")
	}
	for _, s := range a.shards {
		if s.batch == nil && len(s.queue) > 0 && a.trouble == nil {
			a.knock() // there were more than one batch takes
		}
	}
	return a.trouble == nil
}

func (a *Auditor) knock() {
	select {
	case a.wake <- struct{}{}:
	default:
	}
}

// collect gives each record its shard and returns the batches to be written: those
// whose last attempt was not acknowledged, and new ones.
func (a *Auditor) collect() []*outputs.Batch {
	a.mu.Lock()
	list := append(a.parked, a.news...)
	a.parked, a.news, a.trouble = nil, nil, nil
	a.mu.Unlock()
	for _, it := range list {
		id, err := a.output.Shard(it.segment.Gen.Stream)
		if err != nil {
			a.parked = append(a.parked, it)
			a.trouble = err
			continue
		}
		s := a.shards[id]
		if s == nil {
			s = &shard{}
			a.shards[id] = s
		}
		s.queue = append(s.queue, it)
	}
	var batches []*outputs.Batch
	for id, s := range a.shards {
		if s.batch == nil && len(s.queue) > 0 {
			n := min(len(s.queue), mostRecords)
			s.sending, s.queue = s.queue[:n:n], s.queue[n:]
			s.batch = &outputs.Batch{Shard: id, Time: time.Now()}
			for _, it := range s.sending {
				s.batch.Segments = append(s.batch.Segments, it.segment)
			}
		}
		if s.batch != nil {
			batches = append(batches, s.batch)
		}
	}
	return batches
}

// settle does what the fates of the batches call for.
func (a *Auditor) settle() {
	for id, s := range a.shards {
		if s.batch == nil {
			continue
		}
		switch fate := &s.batch.Fate; fate.State {
		case outputs.Acked:
			for _, it := range s.sending {
				it.done()
			}
			a.mu.Lock()
			a.left -= len(s.sending)
			a.mu.Unlock()
			s.batch, s.sending = nil, nil
			if len(s.queue) == 0 {
				delete(a.shards, id)
			}
		case outputs.Unresolved: // exactly these records again, under the same numbers
			s.batch.Repeat = true
			a.trouble = fate.Err
		case outputs.Refused, outputs.GivenUp:
			a.parked = append(append(a.parked, s.sending...), s.queue...) // the shard may be gone
			delete(a.shards, id)
			a.trouble = fate.Err
		}
	}
}

// Inherit takes over what another one, which does not run any more, has not seen
// acknowledged, and what is yet added to that. A record whose fate is unknown is sent
// once more, under the same id.
func (a *Auditor) Inherit(from *Auditor) {
	from.mu.Lock()
	list := append(from.parked, from.news...)
	from.heir = a
	from.mu.Unlock()
	for _, s := range from.shards {
		list = append(append(list, s.sending...), s.queue...)
	}
	a.mu.Lock()
	a.news = append(a.news, list...)
	a.left += len(list)
	a.mu.Unlock()
	a.knock()
}

// Status tells how many records wait, and why.
func (a *Auditor) Status() (waiting int, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.left, a.err
}

// Close closes the output. Run must have returned.
func (a *Auditor) Close(ctx context.Context) error { return a.output.Close(ctx) }
