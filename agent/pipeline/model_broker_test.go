package pipeline

import (
	"context"
	"slices"

	"shipper/outputs"
)

// mode is how the broker answers.
type mode int

const (
	up         mode = iota
	refuses         // nothing reached it
	silent          // nothing reached it, but that is not known
	swallowing      // it took the records, and the answer was lost
	modes
)

// modelBroker takes records and hands them to the model.
type modelBroker struct {
	w    *world
	mode mode
	trap trap
	open map[outputs.Shard]*taken // of each shard the batch whose answer was lost
	last map[outputs.Shard]*taken // of each shard the latest batch
}

// trap is where a kill waits for the agent.
type trap int

const (
	none   trap = iota
	before      // a batch is on its way
	after       // the broker has it, and the agent does not know
	traps
)

// taken is a batch that the broker has.
type taken struct {
	values []string
	lines  []*modelLine
	before map[*modelLog]progress
}

// again says that the batch may be taken once more, as if it had not been.
func (t *taken) again() {
	for _, l := range t.lines {
		l.allowed++
	}
	for m, p := range t.before {
		m.progress = p
	}
}

func (b *modelBroker) write(l *modelLife, batch *outputs.Batch) outputs.Fate {
	w := b.w
	w.mu.Lock()
	defer w.mu.Unlock()
	if l.over {
		return outputs.Fate{Err: errScripted}
	}
	if b.trap == before {
		b.trap = none
		w.kills++
		w.crash(l)
		return outputs.Fate{Err: errScripted}
	}
	t := &taken{}
	known := b.open[batch.Shard]
	for i := range batch.Segments {
		s := &batch.Segments[i]
		for j := range s.Len() {
			_, v, _ := s.At(j)
			t.values = append(t.values, string(v))
		}
	}
	switch {
	case known == nil:
	case batch.Repeat:
		if !slices.Equal(known.values, t.values) {
			w.fail("a batch was repeated with other records: %q, before %q", t.values, known.values)
		}
		if b.mode != up {
			return outputs.Fate{Err: errScripted}
		}
		delete(b.open, batch.Shard)
		return outputs.Fate{State: outputs.Acked, BaseOffset: -1}
	default: // the receipt was given up: what it held may come again
		known.again()
		delete(b.open, batch.Shard)
	}
	switch b.mode {
	case refuses:
		if batch.Repeat {
			return outputs.Fate{Err: errScripted} // an earlier attempt is not resolved
		}
		return outputs.Fate{State: outputs.Refused, Err: errScripted}
	case silent:
		return outputs.Fate{Err: errScripted}
	case up, swallowing, modes:
	}
	t.before = map[*modelLog]progress{}
	for _, m := range w.logs {
		t.before[m] = m.progress
	}
	for i := range batch.Segments {
		s := &batch.Segments[i]
		for j := range s.Len() {
			at, v, piece := s.At(j)
			line := w.deliver(delivery{s.Gen.ID, at, string(v), piece, s.Late})
			if line != nil {
				t.lines = append(t.lines, line)
			}
		}
	}
	b.last[batch.Shard] = t
	for m, p := range t.before {
		if m.progress == p { // others go on meanwhile
			delete(t.before, m)
		}
	}
	if b.trap == after {
		b.trap = none
		w.kills++
		t.again()
		w.crash(l)
		return outputs.Fate{Err: errScripted}
	}
	if b.mode == swallowing {
		w.swallowed = true
		b.open[batch.Shard] = t
		return outputs.Fate{Err: errScripted}
	}
	return outputs.Fate{State: outputs.Acked, BaseOffset: -1}
}

// lastAgain says that the latest batch of each shard may be taken once more: the broker
// has it, and the state perhaps not. It is called before the life is over.
func (b *modelBroker) lastAgain() {
	for _, t := range b.last {
		for _, line := range t.lines {
			line.allowed++
		}
	}
}

// forget is what a broker does when the agent is a new one: what was under way
// may come again.
func (b *modelBroker) forget() {
	for _, t := range b.open {
		t.again()
	}
	clear(b.open)
	clear(b.last)
}

// modelOutput is the broker as one life sees it.
type modelOutput struct {
	scripted
	broker *modelBroker
	l      *modelLife
}

func (o *modelOutput) Write(_ context.Context, batches []*outputs.Batch) {
	for _, b := range batches {
		b.Fate = o.broker.write(o.l, b)
	}
}
