package quarantine

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"

	"shipper/inputs"
	"shipper/outputs"
)

// The headers that a record in a quarantine topic has beside its own: where it
// was to go, where it came from, and why it did not go there.
const (
	HeaderReason    = "quarantine-reason"
	HeaderTopic     = "quarantine-topic"
	HeaderPartition = "quarantine-partition"
	HeaderPath      = "quarantine-path"
	HeaderOffset    = "quarantine-offset"
)

// Topic puts records into a topic, with their own key, headers and id. What the
// topic does not take either goes to a File. It is safe for concurrent use.
type Topic struct {
	output outputs.Output // its own: a shard of it is written by nobody else
	name   string
	rest   *File

	mu sync.Mutex // one Put at a time: a shard has one batch under way
}

// NewTopic puts records into the topic name of output, which nobody else writes
// to and which is closed with it, and what that refuses into rest.
func NewTopic(output outputs.Output, name string, rest *File) *Topic {
	return &Topic{output: output, name: name, rest: rest}
}

// Put makes one attempt, bounded as a Write of the output is, and returns nil
// once the record is acknowledged or in the file. After an error it may be in
// the topic already, and is to be tried again: it has the same id then.
func (q *Topic) Put(ctx context.Context, r *Record) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	b := r.Batch(q.name,
		inputs.Header{Key: HeaderReason, Value: []byte(r.Reason)},
		inputs.Header{Key: HeaderTopic, Value: []byte(r.Topic)},
		inputs.Header{Key: HeaderPartition, Value: strconv.AppendInt(nil, int64(r.Partition), 10)},
		inputs.Header{Key: HeaderPath, Value: []byte(r.Path)},
		inputs.Header{Key: HeaderOffset, Value: strconv.AppendInt(nil, r.Offset, 10)},
	)
	var err error
	if b.Shard, err = q.output.Shard(b.Segments[0].Gen.Stream); err != nil {
		return fmt.Errorf("quarantine in topic %s: %w", q.name, err)
	}
	q.output.Write(ctx, []*outputs.Batch{b})
	switch fate := &b.Fate; {
	case fate.State == outputs.Acked:
		return nil
	case fate.State == outputs.Refused && (fate.TooLarge || fate.Class == outputs.RecordError):
		kept := *r
		kept.Reason += fmt.Sprintf("; the quarantine topic %s does not take it, either: %v", q.name, fate.Err)
		return q.rest.Put(ctx, &kept)
	default:
		return fmt.Errorf("quarantine in topic %s: %w", q.name, fate.Err)
	}
}

// Close closes output and file.
func (q *Topic) Close(ctx context.Context) error {
	return errors.Join(q.output.Close(ctx), q.rest.Close(ctx))
}
