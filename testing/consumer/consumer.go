package consumer

import (
	"context"
	"fmt"
	"sync"

	"github.com/twmb/franz-go/pkg/kgo"
)

// headerID is the header that shipper gives every record.
const headerID = "id"

// Consumer reads a topic as a member of a consumer group and hands every line on
// once.
type Consumer struct {
	client *kgo.Client
	topic  string
	window *Window

	mu   sync.Mutex
	done map[int32]int64 // by partition, the offset up to which all is handled
}

// New makes a Consumer; it does not connect yet. Window is how many ids it
// remembers.
func New(brokers []string, topic, group string, window int, options ...kgo.Opt) (*Consumer, error) {
	c := &Consumer{topic: topic, window: NewWindow(window), done: make(map[int32]int64)}
	var err error
	c.client, err = kgo.NewClient(append([]kgo.Opt{
		kgo.SeedBrokers(brokers...),
		kgo.ConsumeTopics(topic),
		kgo.ConsumerGroup(group),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.DisableAutoCommit(),
		kgo.AdjustFetchOffsetsFn(c.begin),
	}, options...)...)
	if err != nil {
		return nil, fmt.Errorf("read topic %s: %w", topic, err)
	}
	return c, nil
}

// begin is told what was committed, and goes back from there by as many records
// as the window holds.
func (c *Consumer) begin(_ context.Context, all map[string]map[int32]kgo.Offset) (map[string]map[int32]kgo.Offset, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for partition, offset := range all[c.topic] {
		if at := offset.EpochOffset().Offset; at >= 0 { // else nothing was committed
			c.done[partition] = at
			all[c.topic][partition] = kgo.NewOffset().At(max(0, at-int64(c.window.size)))
		}
	}
	return all, nil
}

// Poll waits for records, hands each on that was not handed on before, and then
// commits. Its error is that of handle, of the brokers, or of ctx; what was not
// committed comes again, to whoever has the group's partitions then.
func (c *Consumer) Poll(ctx context.Context, handle func(*kgo.Record) error) error {
	fetches := c.client.PollFetches(ctx)
	if err := fetches.Err(); err != nil {
		return fmt.Errorf("read topic %s: %w", c.topic, err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	var last []*kgo.Record // of each partition
	for _, p := range partitions(fetches) {
		for _, r := range p.Records {
			seen := c.window.Seen(idOf(r))
			if r.Offset < c.done[r.Partition] || seen {
				continue
			}
			if err := handle(r); err != nil {
				return err
			}
		}
		if end := p.Records[len(p.Records)-1]; end.Offset >= c.done[end.Partition] {
			last = append(last, end)
		}
	}
	if err := c.client.CommitRecords(ctx, last...); err != nil {
		return fmt.Errorf("commit offsets of topic %s: %w", c.topic, err)
	}
	for _, r := range last {
		c.done[r.Partition] = r.Offset + 1
	}
	return nil
}

// partitions are those of which there are records.
func partitions(fetches kgo.Fetches) []kgo.FetchTopicPartition {
	var all []kgo.FetchTopicPartition
	fetches.EachPartition(func(p kgo.FetchTopicPartition) {
		if len(p.Records) > 0 {
			all = append(all, p)
		}
	})
	return all
}

func idOf(r *kgo.Record) []byte {
	for i := range r.Headers {
		if r.Headers[i].Key == headerID {
			return r.Headers[i].Value
		}
	}
	return nil
}

// Close leaves the group.
func (c *Consumer) Close() { c.client.Close() }
