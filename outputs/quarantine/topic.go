package quarantine

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

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
	// HeaderRecord is all of it as the file has it, but for the value.
	HeaderRecord = "quarantine-record"
)

// entry is what HeaderRecord holds.
type entry struct {
	Record
	// Out says that the record, which is somewhere before, was taken out.
	Out bool `json:"out,omitempty"`
}

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
	fate, err := q.write(ctx, &entry{Record: *r},
		inputs.Header{Key: HeaderReason, Value: []byte(r.Reason)},
		inputs.Header{Key: HeaderTopic, Value: []byte(r.Topic)},
		inputs.Header{Key: HeaderPartition, Value: strconv.AppendInt(nil, int64(r.Partition), 10)},
		inputs.Header{Key: HeaderPath, Value: []byte(r.Path)},
		inputs.Header{Key: HeaderOffset, Value: strconv.AppendInt(nil, r.Offset, 10)},
	)
	if err != nil && fate.State == outputs.Refused && (fate.TooLarge || fate.Class == outputs.RecordError) {
		kept := *r
		kept.Reason += fmt.Sprintf("; the quarantine topic %s does not take it, either: %v", q.name, fate.Err)
		return q.rest.Put(ctx, &kept)
	}
	return err
}

// TakeOut notes behind a record that it was sent again or dropped. The topic keeps
// both as long as it keeps anything. It makes one attempt.
func (q *Topic) TakeOut(ctx context.Context, r *Record) error {
	e := &entry{Record: *r, Out: true}
	e.Value = nil
	_, err := q.write(ctx, e)
	return err
}

// write makes one attempt to append an entry, with headers for who reads the topic
// by other means.
func (q *Topic) write(ctx context.Context, e *entry, headers ...inputs.Header) (outputs.Fate, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	value := e.Value
	e.Value = nil // it is the record's own
	text, err := json.Marshal(e)
	e.Value = value
	if err != nil {
		return outputs.Fate{}, fmt.Errorf("encode quarantined record: %w", err)
	}
	b := e.Batch(q.name, append(headers, inputs.Header{Key: HeaderRecord, Value: text})...)
	if b.Shard, err = q.output.Shard(b.Segments[0].Gen.Stream); err != nil {
		return outputs.Fate{}, fmt.Errorf("quarantine in topic %s: %w", q.name, err)
	}
	q.output.Write(ctx, []*outputs.Batch{b})
	if b.Fate.State != outputs.Acked {
		return b.Fate, fmt.Errorf("quarantine in topic %s: %w", q.name, b.Fate.Err)
	}
	return b.Fate, nil
}

// Each calls see for the records in the topic that were not taken out, and ends
// with its first error. A record that was put there twice is seen twice; one that
// can't be read is an error of the end, and keeps back no other. It reads the topic
// twice, since what was taken out is told behind it; tell hears, if it is
// not nil, how many positions of all were read.
func (q *Topic) Each(ctx context.Context, see func(*Record) error, tell func(done, total int64)) error {
	out := map[Name]time.Time{}
	_, err := q.entries(ctx, func(e *entry, _ []byte) error {
		if at := out[e.Name()]; e.Out && e.Time.After(at) {
			out[e.Name()] = e.Time
		}
		return nil
	}, func(done, total int64) {
		if tell != nil {
			tell(done, 2*total)
		}
	})
	if err != nil {
		return err
	}
	unread, err := q.entries(ctx, func(e *entry, value []byte) error {
		if at, ok := out[e.Name()]; e.Out || (ok && !e.Time.After(at)) {
			return nil
		}
		e.Value = bytes.Clone(value)
		return see(&e.Record)
	}, func(done, total int64) {
		if tell != nil {
			tell(total+done, 2*total)
		}
	})
	return errors.Join(unread, err)
}

// entries reads the topic once. Records of others are passed over; what of ours can't
// be read does not keep back the rest.
func (q *Topic) entries(ctx context.Context, f func(*entry, []byte) error, tell func(done, total int64)) (unread, err error) {
	keeper, ok := q.output.(outputs.Keeper)
	if !ok {
		return nil, fmt.Errorf("the output of quarantine topic %s can't be read back", q.name)
	}
	var bad []error
	err = keeper.ReadBack(ctx, q.name, time.Time{}, func(k *outputs.Kept) error {
		if k.Quarantined == nil {
			return nil
		}
		var e entry
		if err := json.Unmarshal(k.Quarantined, &e); err != nil {
			bad = append(bad, fmt.Errorf("quarantine topic %s, partition %d, record %d: header %s can't be read: %w", q.name, k.Shard.Partition, k.Position, HeaderRecord, err))
			return nil
		}
		return f(&e, k.Value)
	}, tell)
	if err != nil {
		err = fmt.Errorf("read quarantine topic %s: %w", q.name, err)
	}
	return errors.Join(bad...), err
}

// Close closes output and file.
func (q *Topic) Close(ctx context.Context) error {
	return errors.Join(q.output.Close(ctx), q.rest.Close(ctx))
}
