package main

import (
	"context"
	"sync"
	"time"

	"shipper/testing/demo/broker"
	"shipper/testing/oracle"
	"shipper/testing/workload"
)

// arrivals follows the topic while things happen. Lines of a log arrive in
// order, so of each source the highest number that was seen is all there is to
// know. Whether that is true is judged later, by reading the topic once more.
type arrivals struct {
	mu     sync.Mutex
	reader *oracle.Reader
	next   map[string]int64 // by source, one more than the highest number
}

func newArrivals(k broker.Kafka) (*arrivals, error) {
	r, err := oracle.NewReader(k.Brokers(), topic)
	if err != nil {
		return nil, err
	}
	return &arrivals{reader: r, next: map[string]int64{}}, nil
}

// lines reads what has come since the last call, and returns how many lines
// have arrived since the start, each counted once.
func (a *arrivals) lines(ctx context.Context) (int64, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	err := a.reader.ReadToEnd(ctx, func(r oracle.Record) {
		line, err := workload.ParseLine(r.Value)
		if err != nil {
			return // the judge will see it
		}
		if n := int64(line.Sequence) + 1; n > a.next[string(line.Source)] {
			a.next[string(line.Source)] = n
		}
	})
	var n int64
	for _, next := range a.next {
		n += next
	}
	return n, err
}

func (a *arrivals) close() { a.reader.Close() }
