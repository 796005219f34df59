package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"shipper/testing/bench/live"
	"shipper/testing/bench/processes"
)

// outage has a broker go away while a log grows, and come back.
type outage struct {
	size int64
	away time.Duration
}

func (o *outage) name() string {
	return fmt.Sprintf("%d MiB in an outage of %v", o.size>>20, o.away)
}
func (o *outage) kind() kind           { return caughtUp }
func (o *outage) repeats(*options) int { return 1 }

// floor is what the same agent did before the outage: see result.OfSteady.
func (o *outage) floor(context.Context, *env) (*result, error) { return nil, nil }

func (o *outage) agent(ctx context.Context, e *env, binary string) (*result, error) {
	lines := new(live.Arrivals)
	b, stop, err := live.Serve(ctx, lines)
	if err != nil {
		return nil, err
	}
	defer stop()
	logs, err := os.MkdirTemp(e.cache, "outage-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(logs) }() // left-overs hurt nobody
	a, err := e.start(ctx, binary, processes.ToKafka(logs, b.Addr(), `compression = "none"`))
	if err != nil {
		return nil, err
	}
	story := &live.Outage{Logs: logs, Size: o.size, Away: o.away, Seed: e.options.seed, Broker: b, Lines: lines, Agent: a}
	seen, err := story.Run(ctx)
	r := &result{Bytes: o.size, Lost: seen.Lost, CPU: seen.CPU, Wall: seen.Wall}
	r.OfSteady, r.P50, r.P99 = seen.OfSteady, seen.P50, seen.P99
	err = a.stop(err, r)
	if repeats := b.Stats().Repeats; repeats > 0 {
		err = errors.Join(err, fmt.Errorf("%d batches were sent twice", repeats))
	}
	return r, err
}
