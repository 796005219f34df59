package kafka

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"log/slog"
	"math"
	"slices"

	"github.com/twmb/franz-go/pkg/kmsg"

	"shipper/outputs"
	"shipper/outputs/kafka/cluster"
	"shipper/outputs/kafka/codes"
	"shipper/outputs/kafka/recordbatch"
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
}

func newShard(id outputs.Shard, log *slog.Logger) *shard {
	return &shard{Shard: id, log: log, producer: recordbatch.Producer{ID: -1}, fresh: true, lastBase: -1}
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
	switch {
	case code == codes.None:
		if !repeat && p.BaseOffset <= s.lastBase {
			// The broker took these records for ones that it has.
			s.alarm("first attempt acknowledged at an offset already passed", broker, "offset", p.BaseOffset, "passed", s.lastBase)
			err := fmt.Errorf("%s acknowledged new records at offset %d, but those up to %d are others", broker, p.BaseOffset, s.lastBase)
			s.lastBase = p.BaseOffset // if the log was cut back, the next answer is above this
			s.giveUp()
			s.fate(b, outputs.GivenUp, outputs.SequenceError, err)
			return
		}
		s.acked(b, p.BaseOffset)
		return
	case code == codes.DuplicateSequenceNumber && repeat:
		s.acked(b, -1)
		return
	}

	err := answerError(code, p, broker)
	class := code.Class()
	b.Fate.TooLarge = code == codes.MessageTooLarge || code == codes.RecordListTooLarge
	switch {
	case code == codes.DuplicateSequenceNumber:
		s.alarm("first attempt called a duplicate", broker)
		s.giveUp()
		s.fate(b, outputs.GivenUp, class, err)
	case class == outputs.SequenceError:
		if code == codes.OutOfOrderSequenceNumber && !s.fresh {
			s.giveUp()
		} else { // the epoch, or the id itself, is what was refused
			s.renew()
		}
		s.fate(b, outputs.GivenUp, class, err)
	case !code.BeforeAppend():
		s.open, s.settled = true, false
		s.fate(b, outputs.Unresolved, class, err)
	case !repeat:
		class = s.reject(b, p, class)
		s.settled = false
		s.fate(b, outputs.Refused, class, err)
	case code.Never():
		class = s.reject(b, p, class)
		s.giveUp()
		s.fate(b, outputs.GivenUp, class, err)
	default: // this attempt was refused; of the earlier ones nothing is known
		s.settled = false
		s.fate(b, outputs.Unresolved, class, err)
	}
}

// acked moves on to the next numbers.
func (s *shard) acked(b *outputs.Batch, base int64) {
	s.producer.Sequence = nextSequence(s.producer.Sequence, s.count)
	s.open, s.fresh, s.settled = false, false, true
	if base >= 0 { // lower than before only if the log was cut back, and then to be believed
		s.lastBase = base
	}
	b.Fate = outputs.Fate{State: outputs.Acked, BaseOffset: base}
}

// nextSequence adds as brokers do: after 2^31-1 comes 0.
func nextSequence(sequence, count int32) int32 {
	return int32((int64(sequence) + int64(count)) & math.MaxInt32)
}

type errorRecord = kmsg.ProduceResponseTopicPartitionErrorRecord

// reject notes which records the broker named. A broker that names all of them
// objects to what they have in common: that is the topic's matter.
func (s *shard) reject(b *outputs.Batch, p *kmsg.ProduceResponseTopicPartition, class outputs.Class) outputs.Class {
	slices.SortFunc(p.ErrorRecords, func(x, y errorRecord) int { return cmp.Compare(x.RelativeOffset, y.RelativeOffset) })
	p.ErrorRecords = slices.CompactFunc(p.ErrorRecords, func(x, y errorRecord) bool { return x.RelativeOffset == y.RelativeOffset })
	for i := range p.ErrorRecords {
		e := &p.ErrorRecords[i]
		segment, first := locate(b, int(e.RelativeOffset))
		if segment < 0 {
			continue
		}
		r := outputs.RecordRange{Segment: segment, First: first, Count: 1, Reason: codes.Code(p.ErrorCode).Name()}
		if e.ErrorMessage != nil {
			r.Reason = *e.ErrorMessage
		}
		if n := len(b.Fate.Rejected); n > 0 {
			last := &b.Fate.Rejected[n-1]
			if last.Segment == r.Segment && last.First+last.Count == r.First && last.Reason == r.Reason {
				last.Count++
				continue
			}
		}
		b.Fate.Rejected = append(b.Fate.Rejected, r)
	}
	if n := len(p.ErrorRecords); n > 0 && n >= int(s.count) {
		return outputs.TopicError
	}
	return class
}

// locate finds record n of a batch: its segment, and its number in it.
func locate(b *outputs.Batch, n int) (segment, first int) {
	for i := range b.Segments {
		if l := b.Segments[i].Len(); n >= l {
			n -= l
		} else if n >= 0 {
			return i, n
		}
	}
	return -1, 0
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

// answerError is a broker's refusal in words.
func answerError(code codes.Code, p *kmsg.ProduceResponseTopicPartition, broker string) error {
	said := ""
	if p.ErrorMessage != nil {
		said = fmt.Sprintf(" (%q)", *p.ErrorMessage)
	}
	if c := code.Cure(); c != "" {
		return fmt.Errorf("broker %s answers %w%s. %s", broker, code, said, c)
	}
	return fmt.Errorf("broker %s answers %w%s", broker, code, said)
}
