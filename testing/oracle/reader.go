package oracle

import (
	"context"
	"fmt"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"shipper/testing/workload"
)

// Reader reads all partitions of a topic from offset 0. A topic whose first
// records are gone is an error: nothing could be said of them.
type Reader struct {
	client *kgo.Client
	topic  string
	next   map[int32]int64 // by partition, the offset to be read next
}

// NewReader makes a Reader; it does not connect yet. Options may bring TLS or
// credentials.
func NewReader(brokers []string, topic string, options ...kgo.Opt) (*Reader, error) {
	client, err := kgo.NewClient(append([]kgo.Opt{
		kgo.SeedBrokers(brokers...),
		kgo.ConsumeTopics(topic),
		kgo.ConsumeStartOffset(kgo.NewOffset().At(0)),
		kgo.ConsumeResetOffset(kgo.NoResetOffset()),
		kgo.KeepControlRecords(), // they have offsets, too
		kgo.FetchMaxBytes(8 << 20),
	}, options...)...)
	if err != nil {
		return nil, fmt.Errorf("read topic %s: %w", topic, err)
	}
	return &Reader{client: client, topic: topic, next: make(map[int32]int64)}, nil
}

// ReadToEnd hands add every record from where the last call ended to the end
// that the topic has now. The record's bytes are valid during the call only.
// It waits for brokers that are away until ctx ends.
func (r *Reader) ReadToEnd(ctx context.Context, add func(Record)) error {
	ends, err := r.ends(ctx)
	if err != nil {
		return fmt.Errorf("read topic %s: %w", r.topic, err)
	}
	for !r.reached(ends) {
		fetches := r.client.PollFetches(ctx)
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("read topic %s: %w", r.topic, err)
		}
		for _, e := range fetches.Errors() {
			if !kerr.IsRetriable(e.Err) {
				return fmt.Errorf("read topic %s partition %d: %w", r.topic, e.Partition, e.Err)
			}
		}
		fetches.EachRecord(func(k *kgo.Record) {
			if !k.Attrs.IsControl() {
				add(record(k))
			}
			r.next[k.Partition] = k.Offset + 1
		})
	}
	return nil
}

func record(k *kgo.Record) Record {
	r := Record{Partition: k.Partition, Offset: k.Offset, Value: k.Value}
	for i := range k.Headers {
		switch k.Headers[i].Key {
		case "id":
			r.ID = k.Headers[i].Value
		case "late":
			r.Late = true
		}
	}
	return r
}

func (r *Reader) reached(ends map[int32]int64) bool {
	for p, end := range ends {
		if r.next[p] < end {
			return false
		}
	}
	return true
}

// ends asks the leaders where their partitions end.
func (r *Reader) ends(ctx context.Context) (map[int32]int64, error) {
	meta := kmsg.NewPtrMetadataRequest()
	meta.Topics = []kmsg.MetadataRequestTopic{{Topic: kmsg.StringPtr(r.topic)}}
	described, err := meta.RequestWith(ctx, r.client)
	if err != nil {
		return nil, err
	}
	ask := kmsg.NewPtrListOffsetsRequest()
	ask.ReplicaID = -1
	for _, t := range described.Topics {
		if err := kerr.ErrorForCode(t.ErrorCode); err != nil {
			return nil, err
		}
		at := kmsg.NewListOffsetsRequestTopic()
		at.Topic = r.topic
		for _, p := range t.Partitions {
			end := kmsg.NewListOffsetsRequestTopicPartition()
			end.Partition, end.Timestamp = p.Partition, -1
			at.Partitions = append(at.Partitions, end)
		}
		ask.Topics = append(ask.Topics, at)
	}
	ends := make(map[int32]int64)
	for _, shard := range r.client.RequestSharded(ctx, ask) {
		if shard.Err != nil {
			return nil, shard.Err
		}
		answer, ok := shard.Resp.(*kmsg.ListOffsetsResponse)
		if !ok {
			return nil, fmt.Errorf("list offsets: answered with a %T", shard.Resp)
		}
		for _, t := range answer.Topics {
			for _, p := range t.Partitions {
				if err := kerr.ErrorForCode(p.ErrorCode); err != nil {
					return nil, fmt.Errorf("partition %d: %w", p.Partition, err)
				}
				ends[p.Partition] = p.Offset
			}
		}
	}
	return ends, nil
}

// Close disconnects.
func (r *Reader) Close() { r.client.Close() }

// CheckTopic reads the whole topic once and compares it with the journals.
func CheckTopic(ctx context.Context, brokers []string, topic string, journals []workload.Journal, options ...kgo.Opt) (Result, error) {
	c, err := NewChecker(journals)
	if err != nil {
		return Result{}, err
	}
	r, err := NewReader(brokers, topic, options...)
	if err != nil {
		return Result{}, err
	}
	defer r.Close()
	if err := r.ReadToEnd(ctx, c.Add); err != nil {
		return Result{}, err
	}
	return c.Result(), nil
}
