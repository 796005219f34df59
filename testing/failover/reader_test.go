package failover

import (
	"bytes"
	"context"
	"maps"
	"math"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// reader follows the topic from its beginning, for what is too much to be kept: of
// each log it remembers the number of the next line.
type reader struct {
	client *kgo.Client
	done   sync.WaitGroup
	cancel context.CancelFunc

	mu      sync.Mutex
	next    map[string]int
	lines   int             // different ones
	missing int             // lines whose successors came before them
	twice   int64           // bytes of lines that came before
	odd     []string        // what is no line of ours
	delays  []time.Duration // until they came to the broker, of lines that say when they were written
}

// read starts to follow the topic.
func (s *story) read() *reader {
	s.t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(s.kafka.ListenAddrs()...), kgo.ConsumeTopics(topic), kgo.FetchMaxWait(20*time.Millisecond))
	must(s.t, err)
	ctx, cancel := context.WithCancel(context.Background())
	r := &reader{client: client, cancel: cancel, next: map[string]int{}}
	r.done.Go(func() {
		for ctx.Err() == nil {
			fetched := client.PollFetches(ctx)
			r.mu.Lock()
			fetched.EachRecord(func(rec *kgo.Record) {
				r.take(rec.Value, func() time.Time { return s.kafka.cameAt(rec.Partition, rec.Offset) })
			})
			r.mu.Unlock()
		}
	})
	s.t.Cleanup(func() {
		cancel()
		r.done.Wait()
		client.Close()
	})
	return r
}

// take reads a line: a name, a number, and in some the time of writing.
func (r *reader) take(line []byte, came func() time.Time) {
	name, rest, _ := bytes.Cut(line, []byte(" "))
	number, rest, _ := bytes.Cut(rest, []byte(" "))
	n, err := strconv.Atoi(string(number))
	if err != nil {
		r.odd = append(r.odd, string(line))
		return
	}
	next, known := r.next[string(name)]
	switch {
	case known && n < next:
		r.twice += int64(len(line)) + 1
		return
	case n > next:
		r.missing += n - next
	}
	r.next[string(name)] = n + 1
	r.lines++
	if stamp, _, ok := bytes.Cut(rest, []byte(" ")); ok && len(stamp) > 1 && stamp[0] == '@' {
		if at, err := strconv.ParseInt(string(stamp[1:]), 10, 64); err == nil {
			r.delays = append(r.delays, came().Sub(time.Unix(0, at)))
		}
	}
}

// seen tells how many lines came, and how many of them did not come in order.
func (r *reader) seen() (lines, missing int, twice int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.lines, r.missing, r.twice
}

// heads are the numbers of the next lines.
func (r *reader) heads() map[string]int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return maps.Clone(r.next)
}

// reached tells whether the last line of every log has come.
func (r *reader) reached(logs map[string]*log) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for name, l := range logs {
		if r.next[name] < l.lines {
			return false
		}
	}
	return true
}

// inOrder demands that every line of every log came, in order and once.
func (r *reader) inOrder(t *testing.T, logs map[string]*log) {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.odd) > 0 {
		t.Errorf("%d records are no lines of ours, such as %q", len(r.odd), r.odd[0])
	}
	if r.missing > 0 || r.twice > 0 {
		t.Errorf("%d lines did not come before those that follow them, %d bytes came twice", r.missing, r.twice)
	}
	for name, l := range logs {
		if r.next[name] != l.lines {
			t.Errorf("%s: %d lines of %d arrived", name, r.next[name], l.lines)
		}
	}
}

// quantile is how long so large a part of the lines was under way at most.
func (r *reader) quantile(part float64) time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.delays) == 0 {
		return math.MaxInt64
	}
	sorted := slices.Sorted(slices.Values(r.delays))
	return sorted[min(len(sorted)-1, int(part*float64(len(sorted))))]
}
