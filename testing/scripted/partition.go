package scripted

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// The codes that a broker answers by itself.
const (
	corrupt            = 2
	unknownTopic       = 3
	leaderNotAvailable = 5
	notLeader          = 6
	outOfOrder         = 45
	staleEpoch         = 47
	saslFailed         = 58
)

// partition is a log and the producers that it knows.
type partition struct {
	leader    int32
	epoch     int32
	values    []string
	producers map[int64]*producer
}

// producer is what a partition knows of one.
type producer struct {
	epoch   int16
	last    int32
	batches []appended // the newest five
}

// appended is one batch of a producer.
type appended struct {
	first, last int32
	offset      int64
}

// remembered is how many batches of a producer a broker knows again.
const remembered = 5

// append takes a batch by Kafka's rules and returns its offset, or a code.
func (p *partition) append(raw []byte) (values []string, offset int64, code int16) {
	batch := kmsg.NewRecordBatch()
	if err := batch.ReadFrom(raw); err != nil {
		return nil, -1, corrupt
	}
	first, last := batch.FirstSequence, addSequence(batch.FirstSequence, batch.LastOffsetDelta)
	known := p.producers[batch.ProducerID]
	switch {
	case known == nil: // taken as it is
	case batch.ProducerEpoch < known.epoch:
		return nil, -1, staleEpoch
	case batch.ProducerEpoch > known.epoch:
		if first != 0 {
			return nil, -1, outOfOrder
		}
		known = nil
	default:
		for _, b := range known.batches {
			if b.first == first && b.last == last {
				return nil, b.offset, 0 // a duplicate; nobody looks at its content
			}
		}
		if first != addSequence(known.last, 1) {
			return nil, -1, outOfOrder
		}
	}
	values, err := decode(&batch)
	if err != nil {
		return nil, -1, corrupt
	}
	if known == nil {
		known = &producer{epoch: batch.ProducerEpoch}
		p.producers[batch.ProducerID] = known
	}
	offset = int64(len(p.values))
	p.values = append(p.values, values...)
	known.last = last
	known.batches = append(known.batches, appended{first, last, offset})
	if n := len(known.batches); n > remembered {
		known.batches = known.batches[n-remembered:]
	}
	return values, offset, 0
}

// addSequence adds as brokers do: after 2^31-1 comes 0.
func addSequence(a, n int32) int32 { return int32((int64(a) + int64(n)) & math.MaxInt32) }

// decode reads the values of a batch.
func decode(batch *kmsg.RecordBatch) ([]string, error) {
	body := batch.Records
	if codec := kgo.CompressionCodecType(batch.Attributes & 7); codec != 0 {
		var err error
		if body, err = kgo.DefaultDecompressor().Decompress(body, codec); err != nil {
			return nil, err
		}
	}
	var values []string
	for range batch.NumRecords {
		length, n := binary.Varint(body)
		if n <= 0 || length < 0 || int(length) > len(body)-n {
			return nil, fmt.Errorf("record %d is cut short", len(values))
		}
		r := kmsg.NewRecord()
		if err := r.ReadFrom(body[:n+int(length)]); err != nil {
			return nil, err
		}
		values = append(values, string(r.Value))
		body = body[n+int(length):]
	}
	return values, nil
}
