package chaos

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"shipper/testing/bench/discard"
	"shipper/testing/oracle"
	"shipper/testing/workload"
)

// sink is a broker that hands all records to the oracle and keeps none.
type sink struct {
	*discard.Broker
	t *testing.T

	mu      sync.Mutex
	checker *oracle.Checker
	unzip   kgo.Decompressor
	bytes   int64                         // of lines delivered, newlines included, repeats too
	last    time.Time                     // when a batch was last taken
	failed  error                         // of decoding
	before  string                        // what values begin with, which the oracle is not told
	heard   func(value []byte)            // is told of every record, if not nil
	beside  map[string]func(value []byte) // by topic: is told of its records in the place of all others
}

// newSink starts a broker that expects the lines of the sources.
func newSink(t *testing.T, partitions int32, sources ...string) *sink {
	t.Helper()
	s := &sink{t: t, unzip: kgo.DefaultDecompressor()}
	var journals []workload.Journal
	for _, name := range sources {
		journals = append(journals, workload.Journal{Source: name})
	}
	var err error
	s.checker, err = oracle.NewChecker(journals)
	must(t, err)
	s.Broker, err = discard.Listen("127.0.0.1:0", discard.Config{Partitions: partitions, Check: true, Take: s.take})
	must(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- s.Serve(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-served; err != nil {
			t.Errorf("serve: %v", err)
		}
	})
	return s
}

func (s *sink) take(topic string, partition int32, offset int64, batch []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last = time.Now()
	use := s.check
	if heard := s.beside[topic]; heard != nil {
		use = func(r oracle.Record) { heard(r.Value) }
	}
	if err := s.decode(partition, offset, batch, use); err != nil && s.failed == nil {
		s.failed = fmt.Errorf("decode a batch of partition %d: %w", partition, err)
	}
}

var errShort = errors.New("cut short")

// Where things are in the header of a record batch.
const (
	atAttributes = 21
	atRecords    = 57
	headerBytes  = 61
)

// check hands a record to those who count it.
func (s *sink) check(r oracle.Record) {
	s.checker.Add(r)
	if s.heard != nil {
		s.heard(r.Value)
	}
	s.bytes += int64(len(r.Value)) + 1
}

func (s *sink) decode(partition int32, offset int64, batch []byte, use func(oracle.Record)) error {
	codec := kgo.CompressionCodecType(batch[atAttributes+1] & 7)
	count := int(binary.BigEndian.Uint32(batch[atRecords:]))
	body := batch[headerBytes:]
	if codec != 0 {
		var err error
		if body, err = s.unzip.Decompress(body, codec); err != nil {
			return err
		}
	}
	for i := range count {
		r := fields{b: body}
		length := r.varint()
		if r.failed || length < 0 || int(length) > len(r.b) {
			return errShort
		}
		body = r.b[length:]
		r.b = r.b[:length]
		r.bytes(1) // attributes
		r.varint() // time
		r.varint() // offset
		r.bytes(int(r.varint()))
		record := oracle.Record{Partition: partition, Offset: offset + int64(i)}
		record.Value = bytes.TrimPrefix(r.bytes(int(r.varint())), []byte(s.before))
		for range r.varint() {
			key := r.bytes(int(r.varint()))
			value := r.bytes(int(r.varint()))
			switch string(key) {
			case "id":
				record.ID = value
			case "late":
				record.Late = true
			}
		}
		if r.failed {
			return errShort
		}
		use(record)
	}
	return nil
}

// fields reads the fields of a record.
type fields struct {
	b      []byte
	failed bool
}

func (f *fields) varint() int64 {
	v, n := binary.Varint(f.b)
	if n <= 0 {
		f.failed = true
		return 0
	}
	f.b = f.b[n:]
	return v
}

// bytes takes n bytes; -1 stands for none.
func (f *fields) bytes(n int) []byte {
	if n < 0 {
		return nil
	}
	if n > len(f.b) {
		f.failed = true
		return nil
	}
	b := f.b[:n]
	f.b = f.b[n:]
	return b
}

// deliveredBytes counts what was delivered so far, repeats included.
func (s *sink) deliveredBytes() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.bytes
}

// quiet is for how long nothing has arrived.
func (s *sink) quiet() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return time.Since(s.last)
}

// missing is how many lines of the journals have not arrived.
func (s *sink) missing(journals ...workload.Journal) uint64 {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, j := range journals {
		must(s.t, s.checker.Update(j))
	}
	return s.checker.Missing()
}

// has tells whether a line has arrived.
func (s *sink) has(source string, sequence uint64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.checker.Has(source, sequence)
}

// result is what the oracle says of the journals.
func (s *sink) result(journals ...workload.Journal) oracle.Result {
	s.t.Helper()
	s.missing(journals...)
	s.mu.Lock()
	defer s.mu.Unlock()
	must(s.t, s.failed)
	return s.checker.Result()
}
