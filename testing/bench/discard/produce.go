package discard

import (
	"encoding/binary"
	"hash/crc32"
	"math"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// partition is what is remembered of a topic-partition.
type partition struct {
	next      int64               // the offset of the next record
	producers map[int64]*producer // with Check only
}

// producer is what a partition remembers of a producer.
type producer struct {
	epoch  int16
	next   int32   // sequence number
	recent []taken // the last five batches, newest last
}

type taken struct {
	first, last int32 // sequence numbers
	offset      int64
}

// Where things are in the header of a record batch.
const (
	headerBytes  = 61
	atLength     = 8
	atMagic      = 16
	atChecksum   = 17
	atAttributes = 21
	atProducer   = 43
	atEpoch      = 51
	atSequence   = 53
	atRecords    = 57
)

func (b *Broker) produce(request *kmsg.ProduceRequest) kmsg.Response {
	if delay := time.Duration(b.delay.Load()); delay > 0 {
		time.Sleep(delay)
	}
	response := request.ResponseKind().(*kmsg.ProduceResponse)
	for i := range request.Topics {
		t := &request.Topics[i]
		topic := kmsg.NewProduceResponseTopic()
		topic.Topic = t.Topic
		for j := range t.Partitions {
			p := kmsg.NewProduceResponseTopicPartition()
			p.Partition = t.Partitions[j].Partition
			p.BaseOffset, p.ErrorCode = b.take(shard{t.Topic, p.Partition}, t.Partitions[j].Records)
			p.LogAppendTime, p.LogStartOffset = -1, 0
			topic.Partitions = append(topic.Partitions, p)
		}
		response.Topics = append(response.Topics, topic)
	}
	return response
}

// take counts a record batch and forgets it. It returns the offset of the first
// record, or -1 and an error code.
func (b *Broker) take(at shard, batch []byte) (offset int64, code int16) {
	if code := b.examine(at, batch); code != 0 {
		b.refused.Add(1)
		return -1, code
	}
	count := int32(binary.BigEndian.Uint32(batch[atRecords:]))
	b.mu.Lock()
	defer b.mu.Unlock()
	p := b.partitions[at]
	if p == nil {
		p = &partition{producers: make(map[int64]*producer)}
		b.partitions[at] = p
	}
	if b.config.Check {
		repeat, offset, code := p.sequence(batch, count)
		if code != 0 {
			b.refused.Add(1)
			return -1, code
		}
		if repeat {
			b.repeats.Add(1)
			return offset, 0
		}
	}
	offset = p.next
	p.next += int64(count)
	if b.config.Take != nil {
		b.config.Take(at.topic, at.index, offset, batch)
	}
	b.records.Add(int64(count))
	b.batches.Add(1)
	b.bytes.Add(int64(len(batch)))
	return offset, 0
}

// examine looks whether batch is one.
func (b *Broker) examine(at shard, batch []byte) int16 {
	if at.index < 0 || at.index >= b.config.Partitions {
		return errUnknownPartition
	}
	if len(batch) < headerBytes || batch[atMagic] != 2 ||
		binary.BigEndian.Uint32(batch[atLength:]) != uint32(len(batch)-atLength-4) ||
		int32(binary.BigEndian.Uint32(batch[atRecords:])) <= 0 {
		return errCorrupt
	}
	if b.config.Check && binary.BigEndian.Uint32(batch[atChecksum:]) != crc32.Checksum(batch[atAttributes:], castagnoli) {
		return errCorrupt
	}
	return 0
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// sequence holds a batch to its producer's sequence, as Kafka does: the next
// one is taken, one of the last five is known as a repeat, any other is refused.
func (p *partition) sequence(batch []byte, count int32) (repeat bool, offset int64, code int16) {
	id := int64(binary.BigEndian.Uint64(batch[atProducer:]))
	epoch := int16(binary.BigEndian.Uint16(batch[atEpoch:]))
	first := int32(binary.BigEndian.Uint32(batch[atSequence:]))
	if id < 0 {
		return false, 0, 0 // not idempotent
	}
	w := p.producers[id]
	switch {
	case w == nil:
		// Kafka takes any number from a producer it does not know.
		w = &producer{epoch: epoch, next: first}
		p.producers[id] = w
	case epoch < w.epoch:
		return false, 0, errProducerEpoch
	case epoch > w.epoch:
		if first != 0 {
			return false, 0, errOutOfOrder
		}
		*w = producer{epoch: epoch}
	}
	// Sequence numbers go on from 0 after the largest.
	last := int32((int64(first) + int64(count) - 1) & math.MaxInt32)
	for _, r := range w.recent {
		if r.first == first && r.last == last {
			return true, r.offset, 0
		}
	}
	if first != w.next {
		return false, 0, errOutOfOrder
	}
	w.next = int32((int64(last) + 1) & math.MaxInt32)
	if len(w.recent) == 5 {
		w.recent = append(w.recent[:0], w.recent[1:]...)
	}
	w.recent = append(w.recent, taken{first, last, p.next})
	return false, 0, 0
}
