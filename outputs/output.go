package outputs

import (
	"context"
	"errors"
	"time"

	"shipper/inputs"
)

// Output is a destination of records. Its methods may be called from several
// goroutines at once, but never for the same shard at the same time.
type Output interface {
	// Shape tells what batches the output wants. It is constant.
	Shape() Shape
	// Shard chooses the shard of a stream that has none yet. It does not
	// block: if it can't know yet (the topic is unknown, no broker answers)
	// it returns an error for people, and the caller asks again later. The
	// choice is a hash, so that lost state mostly chooses the same; the
	// caller remembers it and does not ask again.
	Shard(s *inputs.Stream) (Shard, error)
	// Write makes one attempt, bounded in time, to deliver batches of
	// different shards, and fills in every batch's Fate. Batches belong to
	// the output until Write returns. A cancelled ctx ends the attempt early;
	// what was sent by then is unresolved.
	Write(ctx context.Context, batches []*Batch)
	// Check tries what can be tried without sending data: connection,
	// authentication, permissions, durability settings. Topics are those that
	// the configuration names.
	Check(ctx context.Context, topics []string) []Finding
	// Status describes the output for people who look.
	Status() Status
	// Close frees connections and goroutines. Write must not be under way.
	Close(ctx context.Context) error
}

// Sharer is an Output that carries batches of several shards in one request.
type Sharer interface {
	// Peer names where a shard's batches go to at present. Shards of one peer
	// are cheaper written together; "" if that is not known. It does not block.
	Peer(s Shard) string
}

// Gate is an Output that knows of some shards that it would refuse a batch at
// once, without trying: then none needs to be read, and it can be asked often.
type Gate interface {
	// Ready tells whether a batch of the shard would be tried. It does not block.
	Ready(s Shard) bool
}

// Pacer is an Output that may have a batch wait within Write for its turn.
type Pacer interface {
	// Rush has batches that wait, or would, given back with ErrRushed, of which
	// nothing was sent, until end is called.
	Rush() (end func())
}

// ErrRushed is wrapped by the Err of a Fate: the batch waited for its turn, and Rush
// ended that.
var ErrRushed = errors.New("it was not its turn yet, and somebody could not wait")

// Shard is an output's unit of order. Topic is empty for outputs without topics.
type Shard struct {
	Topic     string
	Partition int32
}

// Shape tells what batches an output wants.
type Shape struct {
	// BatchBytes is the size, in raw bytes of the file, at which a batch is
	// full.
	BatchBytes int
	// BatchRecords is the most records of one batch. 0: no bound.
	BatchRecords int
	// Linger is how long a batch that is not full may wait for more.
	Linger time.Duration
	// EncodedBytes is the memory the output needs for one Write under way,
	// beyond the bytes of its batches, which together are no larger than one
	// full batch.
	EncodedBytes int
	// Bytes says that the output keeps the bytes of files, also those of which
	// no record is to be delivered.
	Bytes bool
	// Remembers is how long the output recognises a repeated batch, counted
	// from the newest timestamp of its records. 0: for ever. What is repeated
	// later may be there twice.
	Remembers time.Duration
}

// Severity grades a Finding.
type Severity uint8

// The severities, in ascending order.
const (
	OK Severity = iota
	Warning
	Problem
)

// Finding is one thing that Check found out: the thing, what is so, and, unless
// all is well, what to do.
type Finding struct {
	Severity Severity
	Subject  string // "broker k1:9092", "topic events"
	Message  string
	Cure     string // empty if Severity is OK
	// Table shows more, its first row being the heads; nil for nothing more.
	Table [][]string
}

// Status describes an output at a moment.
type Status struct {
	// Healthy is false while the output as a whole can take nothing.
	Healthy bool
	// Since is when Healthy last changed.
	Since time.Time
	// LastError is the newest error of the output as a whole, "" if it has
	// been healthy since.
	LastError string
	// Peers are the brokers or the file behind the output.
	Peers []Peer
}

// Peer is one machine or file behind an output.
type Peer struct {
	Name      string
	Healthy   bool
	LastError string
}
