package reader

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"shipper/outputs"
	"shipper/outputs/kafka/broker"
	"shipper/outputs/kafka/cluster"
	"shipper/outputs/kafka/codes"
	"shipper/outputs/kafka/wire"
)

const (
	fetchBytes   = 4 << 20
	buffers      = 3 // fetched and not looked at yet
	attemptLimit = 30 * time.Second
	patience     = 30 * time.Second // without any progress
)

// The newest versions of requests that are spoken.
const (
	fetchVersion       = 12 // 13 names topics by id alone
	listOffsetsVersion = 7
)

// Reader reads topics of a cluster. It is safe for concurrent use.
type Reader struct{ Cluster *cluster.Cluster }

// Read does what outputs.Keeper says.
func (r *Reader) Read(ctx context.Context, topic string, since time.Time, f func(*outputs.Kept) error, tell func(done, total int64)) error {
	var t *cluster.Topic
	err := r.retry(ctx, func(context.Context) (err error) {
		t, err = r.Cluster.Topic(topic)
		if err == nil && t.Partitions() == 0 {
			err = codes.LeaderNotAvailable
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("find topic %s: %w", topic, broker.Explain(err))
	}
	spans := make([]span, t.Partitions())
	var total int64
	for i := range spans {
		s := &spans[i]
		s.topic, s.partition = topic, int32(i)
		if err := r.retry(ctx, func(ctx context.Context) error { return r.find(ctx, s, since) }); err != nil {
			return fmt.Errorf("find the ends of %s/%d: %w", topic, i, broker.Explain(err))
		}
		total += s.end - s.start
	}
	var done int64
	for i := range spans {
		s := &spans[i]
		if err := r.readSpan(ctx, s, f, func(n int64) { tell(done+n, total) }); err != nil {
			return fmt.Errorf("read %s/%d: %w", topic, i, broker.Explain(err))
		}
		done += s.end - s.start
	}
	tell(total, total)
	return nil
}

// span is the positions [start, end) of a partition.
type span struct {
	topic      string
	partition  int32
	start, end int64
}

// retry calls f until it succeeds, or was in vain for too long, or can't succeed.
func (r *Reader) retry(ctx context.Context, f func(context.Context) error) error {
	pause := broker.Backoff{Low: 50 * time.Millisecond, High: 2 * time.Second}
	for until := time.Now().Add(patience); ; {
		err := f(ctx)
		if err == nil || ctx.Err() != nil {
			return err
		}
		class := broker.Classify(err)
		if class == outputs.AuthError || errors.Is(err, errDamaged) || time.Now().After(until) {
			return err
		}
		r.Cluster.Refresh()
		if broker.Sleep(ctx, pause.After(err)) != nil {
			return err
		}
	}
}

// ask sends a request to a partition's leader.
func ask[R kmsg.Response](ctx context.Context, r *Reader, s *span, req kmsg.Request, version int16, use func(R) error) error {
	t, err := r.Cluster.Topic(s.topic)
	if err != nil {
		return err
	}
	leader, err := r.Cluster.Leader(t, s.partition)
	if err != nil {
		return err
	}
	deadline := time.Now().Add(attemptLimit)
	c, err := leader.Take(ctx, deadline)
	if err != nil {
		return err
	}
	resp, err := wire.Ask[R](ctx, c, deadline, req, version)
	if err == nil {
		err = use(resp) // while the connection, whose memory it may be, is ours
		leader.Release(ctx, c, 0, nil)
		return err
	}
	leader.Release(ctx, c, 0, err)
	return err
}

// find fills in the ends of a span.
func (r *Reader) find(ctx context.Context, s *span, since time.Time) error {
	var err error
	if s.start, err = r.offset(ctx, s, -2); err != nil {
		return err
	}
	if s.end, err = r.offset(ctx, s, -1); err != nil || since.IsZero() {
		return err
	}
	from, err := r.offset(ctx, s, since.UnixMilli())
	if from < 0 {
		from = s.end
	}
	s.start = max(s.start, min(from, s.end))
	return err
}

// offset asks for the first position of a time; -2 is the first of all, -1 the end
// of what is committed.
func (r *Reader) offset(ctx context.Context, s *span, at int64) (int64, error) {
	req := kmsg.NewPtrListOffsetsRequest()
	req.IsolationLevel = 1
	part := kmsg.NewListOffsetsRequestTopicPartition()
	part.Partition, part.Timestamp = s.partition, at
	topic := kmsg.NewListOffsetsRequestTopic()
	topic.Topic, topic.Partitions = s.topic, []kmsg.ListOffsetsRequestTopicPartition{part}
	req.Topics = []kmsg.ListOffsetsRequestTopic{topic}
	found := int64(-1)
	err := ask(ctx, r, s, req, listOffsetsVersion, func(resp *kmsg.ListOffsetsResponse) error {
		if len(resp.Topics) != 1 || len(resp.Topics[0].Partitions) != 1 {
			return errDamaged
		}
		p := &resp.Topics[0].Partitions[0]
		found = p.Offset
		return codeError(p.ErrorCode)
	})
	return found, err
}

func codeError(code int16) error {
	if code == 0 {
		return nil
	}
	return codes.Code(code)
}

// chunk is what one fetch brought: batches, and their records one after the other,
// still compressed, since they may be many times as large.
type chunk struct {
	batches []batch
	data    []byte // the batches' records lie in it
	next    int64  // position to go on from
	err     error
}

// readSpan hands over the records of one partition.
func (r *Reader) readSpan(ctx context.Context, s *span, f func(*outputs.Kept) error, tell func(int64)) error {
	if s.start >= s.end {
		return nil
	}
	ctx, cancel := context.WithCancel(ctx)
	free, full := make(chan *chunk, buffers), make(chan *chunk, buffers)
	for range buffers {
		free <- new(chunk)
	}
	var fetching sync.WaitGroup
	fetching.Go(func() { r.fetchAll(ctx, s, free, full) })
	defer fetching.Wait()
	defer cancel()
	k := &outputs.Kept{Shard: outputs.Shard{Topic: s.topic, Partition: s.partition}}
	use := func(k *outputs.Kept) error {
		if k.Position >= s.end {
			return nil
		}
		return f(k)
	}
	var d decompressor
	defer d.close()
	var records []byte
	from := s.start
	for c := range full {
		if c.err != nil {
			return c.err
		}
		for i := range c.batches {
			b := &c.batches[i]
			var err error
			if records, err = d.expand(records[:0], b); err != nil {
				return fmt.Errorf("decompress at position %d: %w", b.base, errors.Join(errDamaged, err))
			}
			if err := b.each(records, from, k, use); err != nil {
				return err
			}
		}
		from = c.next
		tell(min(from, s.end) - s.start)
		free <- c
	}
	return ctx.Err()
}

// fetchAll fetches a span into chunks, until it ends or an error is in the last.
func (r *Reader) fetchAll(ctx context.Context, s *span, free, full chan *chunk) {
	defer close(full)
	for at := s.start; at < s.end; {
		var c *chunk
		select {
		case c = <-free:
		case <-ctx.Done():
			return
		}
		c.err = r.retry(ctx, func(ctx context.Context) error { return r.fetch(ctx, s, at, c) })
		if c.err != nil && ctx.Err() != nil {
			return
		}
		full <- c // there is room for all
		if c.err != nil {
			return
		}
		at = c.next
	}
}

// fetch fills a chunk from position at on.
func (r *Reader) fetch(ctx context.Context, s *span, at int64, c *chunk) error {
	req := kmsg.NewPtrFetchRequest()
	req.MaxWaitMillis, req.MinBytes, req.MaxBytes, req.IsolationLevel, req.SessionEpoch = 500, 1, fetchBytes, 1, -1
	part := kmsg.NewFetchRequestTopicPartition()
	part.Partition, part.FetchOffset, part.PartitionMaxBytes = s.partition, at, fetchBytes
	topic := kmsg.NewFetchRequestTopic()
	topic.Topic, topic.Partitions = s.topic, []kmsg.FetchRequestTopicPartition{part}
	req.Topics = []kmsg.FetchRequestTopic{topic}
	return ask(ctx, r, s, req, fetchVersion, func(resp *kmsg.FetchResponse) error {
		if err := codeError(resp.ErrorCode); err != nil {
			return err
		}
		if len(resp.Topics) != 1 || len(resp.Topics[0].Partitions) != 1 {
			return errDamaged
		}
		p := &resp.Topics[0].Partitions[0]
		if err := codeError(p.ErrorCode); err != nil {
			return err
		}
		return c.fill(p, at)
	})
}

// fill takes the committed batches out of what a broker answered.
func (c *chunk) fill(p *kmsg.FetchResponseTopicPartition, at int64) error {
	c.batches, c.next = c.batches[:0], at
	c.data = append(c.data[:0], p.RecordBatches...) // which is the connection's
	aborted := p.AbortedTransactions
	slices.SortFunc(aborted, func(a, b kmsg.FetchResponseTopicPartitionAbortedTransaction) int {
		return int(min(1, max(-1, a.FirstOffset-b.FirstOffset)))
	})
	gone := map[int64]bool{} // producers whose present transaction was aborted
	for rest := c.data; ; {
		b, more, ok, err := nextBatch(rest)
		if err != nil {
			return fmt.Errorf("at position %d: %w", c.next, err)
		}
		if !ok {
			break
		}
		rest = more
		for len(aborted) > 0 && aborted[0].FirstOffset <= b.last {
			gone[aborted[0].ProducerID] = true
			aborted = aborted[1:]
		}
		c.next = max(c.next, b.last+1)
		switch {
		case b.attributes&attrControl != 0:
			delete(gone, b.producer) // a marker ends the transaction
			continue
		case b.attributes&attrTransactional != 0 && gone[b.producer]:
			continue
		}
		c.batches = append(c.batches, b)
	}
	if c.next == at {
		return errNothing
	}
	return nil
}

// errNothing: the broker has no batch for us yet, or one larger than the limit of
// those that are read.
var errNothing = errors.New("the broker sends nothing")
