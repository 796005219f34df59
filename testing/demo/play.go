package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"shipper/testing/demo/broker"
)

// outage is how long the brokers are away.
const outage = 5 * time.Second

// play is the demo under way. What happens, happens in one goroutine; another
// one only looks and tells people.
type play struct {
	options
	screen         *screen
	kafka          broker.Kafka
	arrivals       *arrivals
	agent          *agent
	aside          *aside
	random         *rand.Rand
	logs, journals string

	writers *writers
	writing chan struct{} // closed when all writers have ended

	// away is one more than the lines that were written when the brokers went
	// away, and 0 while they are there. Nothing that was written since can
	// have been shipped.
	away atomic.Int64

	kills, killsIdle int           // with and without lines waiting
	awayFor          time.Duration // how long the brokers were away
	inOutage         int64         // lines written while none of them could be reached

	diverted, returned int   // lines that went to the bucket, and came back
	verified           bool  // by the agent's own command
	proven             int64 // lines that it has found
	provenFiles        int   // in so many files
}

// perform starts the agent and the applications, and lets happen what happens
// until the applications have ended.
func (p *play) perform(ctx context.Context) error {
	p.screen.event("starting the agent and four applications (seed %d)", p.seed)
	if err := p.agent.start(ctx); err != nil {
		return err
	}
	w, running, err := startWriters(ctx, p.workload, p.logs, p.journals, p.bytes, p.rate, p.rotateSize, p.seed)
	if err != nil {
		return err
	}
	p.writers, p.writing = w, make(chan struct{})
	go func() {
		running.Wait()
		close(p.writing)
	}()
	watching, stopWatching := context.WithCancel(ctx)
	var watcher sync.WaitGroup
	watcher.Go(func() { p.watch(watching) })
	defer watcher.Wait()
	defer stopWatching()

	if err := p.script(ctx); err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		return errInterrupted
	case <-p.writing:
	}
	return w.failed()
}

// script is what happens to the agent while lines flow.
func (p *play) script(ctx context.Context) error {
	seconds := func(from, to float64) time.Duration {
		return time.Duration((from + (to-from)*p.random.Float64()) * float64(time.Second))
	}
	// Twice out of the blue; the second time the logs rotate while it is down.
	if err := p.killAfter(ctx, seconds(2, 3), 300*time.Millisecond); err != nil {
		return err
	}
	if err := p.killAfter(ctx, seconds(1.5, 2.5), 2*time.Second); err != nil {
		return err
	}
	if err := p.outage(ctx, seconds(0.5, 1.5), seconds(1, 3)); err != nil {
		return err
	}
	// While it catches up, and then until the applications end.
	if err := p.killAfter(ctx, seconds(0.01, 0.3), 0); err != nil {
		return err
	}
	for {
		select {
		case <-p.writing:
			return nil
		default:
		}
		if err := p.killAfter(ctx, seconds(0.5, 2), seconds(0, 0.5)); err != nil {
			return err
		}
	}
}

// killAfter waits, kills the agent and starts it again after a while.
func (p *play) killAfter(ctx context.Context, wait, down time.Duration) error {
	if err := sleep(ctx, wait); err != nil {
		return err
	}
	if err := p.agent.check(); err != nil {
		return err
	}
	// What was in the logs before the agent died, less what had arrived when
	// it was dead: so much at least was waiting.
	written := p.writers.written()
	if err := p.agent.kill(); err != nil {
		return err
	}
	shipped := p.away.Load() - 1
	if shipped < 0 {
		var err error
		if shipped, err = p.arrivals.lines(ctx); err != nil {
			return err
		}
	}
	if waiting := written - shipped; waiting > 0 {
		p.kills++
		p.screen.event("SIGKILL %d: %d lines were waiting to be shipped", p.kills, waiting)
	} else {
		p.killsIdle++
		p.screen.event("SIGKILL, but nothing was waiting: it does not count")
	}
	if err := sleep(ctx, down); err != nil {
		return err
	}
	return p.agent.start(ctx)
}

// outage takes the brokers away, and kills the agent meanwhile.
func (p *play) outage(ctx context.Context, wait, killAfter time.Duration) error {
	if err := sleep(ctx, wait); err != nil {
		return err
	}
	note, err := p.kafka.Away(ctx)
	if err != nil {
		return err
	}
	since, before := time.Now(), p.writers.written()
	p.away.Store(before + 1)
	p.screen.event("brokers away for at least %v: %s", outage, note)
	if err := p.killAfter(ctx, killAfter, 0); err != nil {
		return err
	}
	if err := p.divert(ctx, since); err != nil {
		return err
	}
	p.inOutage = p.writers.written() - before
	if err := p.kafka.Back(ctx); err != nil {
		return err
	}
	p.away.Store(0)
	p.awayFor = time.Since(since).Round(100 * time.Millisecond)
	diverted, _ := p.aside.lines()
	p.screen.event("brokers back after %v; %d lines are in the bucket", p.awayFor, diverted)
	return nil
}

// divert returns when the brokers were away long enough, since then, and lines are in
// the bucket. It does not wait for those for ever: then there are none, which fails.
func (p *play) divert(ctx context.Context, since time.Time) error {
	if err := sleep(ctx, outage-time.Since(since)); err != nil {
		return err
	}
	for time.Since(since) < 3*outage {
		if diverted, _ := p.aside.lines(); diverted > 0 {
			return nil
		}
		if err := sleep(ctx, 100*time.Millisecond); err != nil {
			return err
		}
	}
	return nil
}

// watch tells once a second how far things are.
func (p *play) watch(ctx context.Context) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		arrived := "brokers away"
		if p.away.Load() == 0 {
			n, err := p.arrivals.lines(ctx)
			if err != nil {
				continue
			}
			arrived = fmt.Sprintf("%d have arrived", n)
		}
		p.screen.progress("%d lines written, %s", p.writers.written(), arrived)
	}
}
