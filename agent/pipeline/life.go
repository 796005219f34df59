package pipeline

import (
	"context"
	"sync"
	"time"

	"shipper/outputs"
)

// life is work that goes on until it is ended: of a pipeline's lanes, or of what
// reports complete files.
type life struct {
	stop context.CancelFunc // ends after what is in hand
	cut  context.CancelFunc // ends what is in hand
	done chan struct{}
}

func begin(work func(soft, hard context.Context)) *life {
	soft, stop := context.WithCancel(context.Background())
	hard, cut := context.WithCancel(context.Background())
	l := &life{stop: stop, cut: cut, done: make(chan struct{})}
	go func() {
		defer close(l.done)
		work(soft, hard)
	}()
	return l
}

// end stops the work and returns when it has ended. What is in hand is cut off
// after patience.
func (l *life) end(patience time.Duration) {
	l.stop()
	timer := time.AfterFunc(patience, l.cut)
	defer timer.Stop()
	<-l.done
	l.cut()
}

// Start has lanes serve the pipeline until Halt.
func (p *Pipeline) Start() {
	p.life = begin(p.lanes.Run)
	if audit := p.Auditor(); audit != nil {
		p.auditing = begin(audit.Run)
	}
}

// Halt ends the lanes. Each may finish its batch, for at most patience; then the
// attempt is cut off and its batch unresolved, as after a lost answer. What was not sent
// yet, and waits for its turn, is not waited for.
func (p *Pipeline) Halt(patience time.Duration) {
	defer p.rush()()
	var told sync.WaitGroup // at the same time, lest their patience adds up
	if p.auditing != nil {
		told.Go(func() { p.auditing.end(patience) })
	}
	p.life.end(patience)
	told.Wait()
	p.life, p.auditing = nil, nil
}

// rush has no lane wait for its turn within the output until end is called.
func (p *Pipeline) rush() (end func()) {
	if pacer, ok := p.parts.Load().Output.(outputs.Pacer); ok {
		return pacer.Rush()
	}
	return func() {}
}

// Resize gives the pipeline another number of lanes, or buffers of another size,
// without a pause: those at work finish their batch beside the new ones, which
// for so long costs the memory of both.
func (p *Pipeline) Resize(lanes, buffer int) {
	if !p.lanes.Resize(lanes, buffer) || p.life == nil {
		return
	}
	old := p.life
	p.life = begin(func(soft, hard context.Context) {
		defer context.AfterFunc(hard, old.cut)()
		p.lanes.Run(soft, hard)
		<-old.done
	})
	old.stop()
}
