package pipeline

import (
	"context"
	"sync"
	"time"
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
	p.life = begin(p.run)
	if p.audit != nil {
		p.auditing = begin(p.audit.Run)
	}
}

// Halt ends the lanes. Each may finish its batch, for at most patience; then the
// attempt is cut off and its batch unresolved, as after a lost answer.
func (p *Pipeline) Halt(patience time.Duration) {
	var told sync.WaitGroup // at the same time, lest their patience adds up
	if p.auditing != nil {
		told.Go(func() { p.auditing.end(patience) })
	}
	p.life.end(patience)
	told.Wait()
	p.life, p.auditing = nil, nil
}

// Resize gives the pipeline another number of lanes, or buffers of another size,
// without a pause: those at work finish their batch beside the new ones, which
// for so long costs the memory of both.
func (p *Pipeline) Resize(lanes, buffer int) {
	p.mu.Lock()
	same := p.lanes == lanes && p.buffer == buffer
	p.lanes, p.buffer = lanes, buffer
	if !same {
		p.idle = nil
	}
	p.mu.Unlock()
	if same || p.life == nil {
		return
	}
	old := p.life
	p.life = begin(func(soft, hard context.Context) {
		defer context.AfterFunc(hard, old.cut)()
		p.run(soft, hard)
		<-old.done
	})
	old.stop()
}

// run serves the pipeline with its lanes until soft ends, and returns when every
// lane has settled the batch in hand. hard ends attempts that are under way.
func (p *Pipeline) run(soft, hard context.Context) {
	p.mu.Lock()
	lanes := p.lanes
	p.mu.Unlock()
	var wg sync.WaitGroup
	var work func()
	one := func() { wg.Go(work) }
	work = func() {
		for s := p.queue.Lease(soft); s != nil; s = p.queue.Lease(soft) {
			l := p.takeLane()
			l.substitute = one
			switch {
			case l.serve(hard, s):
				p.putLane(l)
			case l.replaced:
				return
			}
		}
	}
	for range lanes {
		one()
	}
	wg.Wait()
}

func (p *Pipeline) takeLane() *lane {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := len(p.idle)
	if n == 0 {
		return newLane(p)
	}
	l := p.idle[n-1]
	p.idle = p.idle[:n-1]
	return l
}

func (p *Pipeline) putLane(l *lane) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if l.size == p.buffer {
		p.idle = append(p.idle, l)
	}
}
