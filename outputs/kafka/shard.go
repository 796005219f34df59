package kafka

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"log/slog"
	"math"
	"sync/atomic"

	"github.com/twmb/franz-go/pkg/kmsg"

	"shipper/outputs"
	"shipper/outputs/kafka/cluster"
	"shipper/outputs/kafka/codes"
	"shipper/outputs/kafka/recordbatch"
	"shipper/outputs/kafka/rejection"
)

// shard is one partition and the numbers of its producer. It belongs to
// whoever writes a batch of it: one Write at a time.
//
// The numbers [sequence, sequence+count) of (id, epoch) stand for the batch
// that is being sent, or, while open is set, for the one whose fate is
// unresolved. sequence moves on only when that batch is acknowledged, and the
// numbers are given to other records only if the batch was refused, that is,
// if no broker has seen them or ever will.
type shard struct {
	outputs.Shard
	log *slog.Logger

	topicID  cluster.TopicID // the topic that the numbers belong to, zero if unknown
	producer recordbatch.Producer
	open     bool   // an attempt of the batch [Sequence, Sequence+count) is unresolved
	count    int32  // of records in it
	ranges   uint64 // sum of what it is made of; see rangesOf
	fresh    bool   // nothing was acknowledged under this id and epoch
	lastBase int64  // base offset of the newest acknowledged batch, -1 if none
	// settled: the last attempt was acknowledged, so that the shard may share
	// a request with others.
	settled bool
	// takes is shared by the topic's shards: it has acknowledged something since
	// a record alone in its batch was last called impossible. See reject.
	takes *atomic.Bool
}

func newShard(id outputs.Shard, takes *atomic.Bool, log *slog.Logger) *shard {
	return &shard{Shard: id, log: log, producer: recordbatch.Producer{ID: -1}, fresh: true, lastBase: -1, takes: takes}
}

// Reasons for fates that are not answers of a broker.
var (
	errNotHeld = errors.New("these are not the records that the output last sent and got no answer for")
	errAnother = errors.New("the topic was deleted and created again")
	errGone    = errors.New("every broker says that the topic does not exist")
	errNoID    = errors.New("the broker gives none: check that it is Kafka or compatible with it, idempotent writing included")
	errAnswer  = errors.New("the answer does not mention the partition")
)

// begin prepares for a batch. It returns false if the fate is clear without
// sending anything.
func (s *shard) begin(b *outputs.Batch, t *cluster.Topic) bool {
	b.Fate = outputs.Fate{BaseOffset: -1}
	if t != nil {
		if err := s.follow(t); err != nil && b.Repeat {
			s.fate(b, outputs.GivenUp, outputs.TopicError, err)
			return false
		}
	}
	n, ranges := b.Len(), rangesOf(b)
	switch {
	case !b.Repeat && s.open:
		s.giveUp()
	case b.Repeat && (!s.open || int(s.count) != n || s.ranges != ranges):
		s.giveUp()
		s.fate(b, outputs.GivenUp, outputs.SequenceError, errNotHeld)
		return false
	}
	if n == 0 {
		b.Fate.State = outputs.Acked
		return false
	}
	s.count, s.ranges = int32(n), ranges
	return true
}

// rangesOf sums up which bytes of which generations a batch is made of. That
// they are still the same bytes is for the caller to know; that they are these
// bytes and no others is checked, since nobody else would ever notice.
func rangesOf(b *outputs.Batch) uint64 {
	sum := fnv.New64a()
	var word [8]byte
	for i := range b.Segments {
		s := &b.Segments[i]
		for _, n := range [...]uint64{s.Gen.ID, uint64(s.Start), uint64(s.End), uint64(s.Len())} {
			binary.BigEndian.PutUint64(word[:], n)
			_, _ = sum.Write(word[:]) // a hash takes everything
		}
	}
	return sum.Sum64()
}

// follow gives the open receipt up if the topic it was sent to is not the one
// that goes by this name now.
func (s *shard) follow(t *cluster.Topic) error {
	switch {
	case t.Gone && s.open:
		s.renew()
		s.lastBase = -1
		return errGone
	case t.ID == (cluster.TopicID{}) || t.ID == s.topicID:
		return nil
	case s.topicID == (cluster.TopicID{}):
		s.topicID = t.ID
		return nil
	}
	s.topicID = t.ID
	s.lastBase = -1
	lost := s.open
	s.renew()
	if lost {
		return errAnother
	}
	return nil
}

// giveUp makes sure that the numbers of a batch that may have been appended
// are never used again: a higher epoch starts at 0, and fences what may still
// be under way.
func (s *shard) giveUp() {
	if s.producer.ID < 0 || s.producer.Epoch == math.MaxInt16 {
		s.renew()
		return
	}
	s.producer.Epoch++
	s.producer.Sequence = 0
	s.open, s.fresh, s.settled = false, true, false
}

// renew drops the producer id; the next batch takes a new one.
func (s *shard) renew() {
	s.producer = recordbatch.Producer{ID: -1}
	s.open, s.fresh, s.settled = false, true, false
}

// notSent settles an attempt of which no byte reached a broker.
func (s *shard) notSent(b *outputs.Batch, class outputs.Class, err error) {
	s.settled = false
	if s.open {
		s.fate(b, outputs.Unresolved, class, err)
		return
	}
	s.fate(b, outputs.Refused, class, err)
}

// lost settles an attempt that was sent and not answered.
func (s *shard) lost(b *outputs.Batch, err error) {
	s.open, s.settled = true, false
	s.fate(b, outputs.Unresolved, outputs.Transient, err)
}

// unfit settles a batch that can't be expressed as a record batch.
func (s *shard) unfit(b *outputs.Batch, err error) {
	b.Fate.TooLarge = errors.Is(err, recordbatch.ErrTooLarge)
	if s.open { // it was expressed once, so these are other records
		s.giveUp()
		s.fate(b, outputs.GivenUp, outputs.RecordError, err)
		return
	}
	s.settled = false
	s.fate(b, outputs.Refused, outputs.RecordError, err)
}

// answered settles an attempt by the broker's answer. Here, and only here, is
// decided what an answer is worth.
func (s *shard) answered(b *outputs.Batch, p *kmsg.ProduceResponseTopicPartition, broker string) {
	code, repeat := codes.Code(p.ErrorCode), s.open
	state := code.Effect().First
	if repeat {
		state = code.Effect().Repeat
	}
	if state == outputs.Acked {
		switch {
		case code == codes.DuplicateSequenceNumber:
			s.acked(b, -1)
		case !repeat && p.BaseOffset <= s.lastBase:
			s.passed(b, p.BaseOffset, broker)
		default:
			s.acked(b, p.BaseOffset)
		}
		return
	}

	b.Fate.TooLarge = code == codes.MessageTooLarge || code == codes.RecordListTooLarge
	b.Fate.BadTime = code == codes.InvalidTimestamp
	class := code.Class()
	switch state {
	case outputs.Unresolved:
		s.open, s.settled = true, false
	case outputs.Refused:
		class = s.reject(b, p, class)
		s.settled = false
	case outputs.GivenUp:
		class = s.reject(b, p, class)
		s.abandon(b, code, broker)
	case outputs.Acked: // settled above
	}
	s.fate(b, state, class, rejection.Error(code, p, broker))
}

// passed settles a first attempt that was acknowledged at an offset which others
// have: the broker took these records for ones that it has.
func (s *shard) passed(b *outputs.Batch, offset int64, broker string) {
	s.alarm("first attempt acknowledged at an offset already passed", broker, "offset", offset, "passed", s.lastBase)
	err := fmt.Errorf("%s acknowledged new records at offset %d, but those up to %d are others", broker, offset, s.lastBase)
	s.lastBase = offset // if the log was cut back, the next answer is above this
	s.giveUp()
	b.Fate.Doubtful = true
	s.fate(b, outputs.GivenUp, outputs.SequenceError, err)
}

// abandon gives up numbers that the broker does not take any more.
func (s *shard) abandon(b *outputs.Batch, code codes.Code, broker string) {
	switch {
	case code == codes.DuplicateSequenceNumber:
		s.alarm("first attempt called a duplicate", broker)
		b.Fate.Doubtful = true
		s.giveUp()
	case code.Class() == outputs.SequenceError && (code != codes.OutOfOrderSequenceNumber || s.fresh):
		s.renew() // the epoch, or the id itself, is what was refused
	default:
		s.giveUp()
	}
}

// acked moves on to the next numbers.
func (s *shard) acked(b *outputs.Batch, base int64) {
	s.producer.Sequence = nextSequence(s.producer.Sequence, s.count)
	s.open, s.fresh, s.settled = false, false, true
	s.takes.Store(true)
	if base >= 0 { // lower than before only if the log was cut back, and then to be believed
		s.lastBase = base
	}
	b.Fate = outputs.Fate{State: outputs.Acked, BaseOffset: base}
}

// nextSequence adds as brokers do: after 2^31-1 comes 0.
func nextSequence(sequence, count int32) int32 {
	return int32((int64(sequence) + int64(count)) & math.MaxInt32)
}

// reject notes which records the broker named. A broker that names all of them
// objects to what they have in common: that is the topic's matter. Of a record
// alone in its batch this can't be told. It is called the record's matter if the
// topic takes others, and that must be seen anew before it is believed again.
func (s *shard) reject(b *outputs.Batch, p *kmsg.ProduceResponseTopicPartition, class outputs.Class) outputs.Class {
	b.Fate.Rejected = rejection.Named(b, p)
	alone := s.count == 1 && class == outputs.RecordError && !b.Fate.TooLarge && !b.Fate.BadTime
	switch {
	case alone && s.takes.Swap(false):
		if len(b.Fate.Rejected) == 0 {
			b.Fate.Rejected = rejection.First(b, codes.Code(p.ErrorCode).Name())
		}
		return class
	case alone, len(p.ErrorRecords) > 0 && len(p.ErrorRecords) >= int(s.count):
		return outputs.TopicError
	}
	return class
}

// fate fills in what is known; err gets the partition's name.
func (s *shard) fate(b *outputs.Batch, state outputs.State, class outputs.Class, err error) {
	b.Fate.State, b.Fate.Class = state, class
	b.Fate.Err = fmt.Errorf("write to topic %s partition %d: %w", s.Topic, s.Partition, err)
}

func (s *shard) alarm(what, broker string, args ...any) {
	s.log.Error("producer numbers are confused, its records are sent again", append(args, "what", what, keyTopic, s.Topic, keyPartition, s.Partition,
		keyBroker, broker, "producer_id", s.producer.ID, "epoch", s.producer.Epoch, "sequence", s.producer.Sequence)...)
}
