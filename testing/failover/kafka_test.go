package failover

import (
	"context"
	"encoding/binary"
	"errors"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

const (
	topic      = "lines"
	partitions = 3
)

// broker is an embedded Kafka that takes nothing while it is away, and tells of
// each batch before it takes it, and before and after it answers.
type broker struct {
	*kfake.Cluster
	away    atomic.Bool
	answers atomic.Int64 // to be told of
	event   func(string)

	mu   sync.Mutex
	came [partitions][]arrival
}

// arrival is when a batch came, and the offset after its last record.
type arrival struct {
	end int64
	at  time.Time
}

func newBroker(t *testing.T, event func(string)) *broker {
	t.Helper()
	b := &broker{event: event}
	var err error
	b.Cluster, err = kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(partitions, topic), kfake.ListenFn(func(network, address string) (net.Listener, error) {
		l, err := net.Listen(network, address)
		return &listener{l, b}, err
	}))
	must(t, err)
	t.Cleanup(b.Close)
	b.ControlKey(int16(kmsg.Produce), func(request kmsg.Request) (kmsg.Response, error, bool) {
		b.KeepControl()
		if b.away.Load() {
			return nil, errors.New("away"), true // the connection is closed
		}
		b.note(request.(*kmsg.ProduceRequest), time.Now())
		b.event("produce")
		b.answers.Add(1)
		return nil, nil, false
	})
	return b
}

// note remembers when batches came. Each is taken to be appended, which holds as
// long as nothing is sent twice.
func (b *broker) note(request *kmsg.ProduceRequest, now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, t := range request.Topics {
		for _, p := range t.Partitions {
			if len(p.Records) < 61 {
				continue
			}
			end := int64(binary.BigEndian.Uint32(p.Records[57:]))
			if list := b.came[p.Partition]; len(list) > 0 {
				end += list[len(list)-1].end
			}
			b.came[p.Partition] = append(b.came[p.Partition], arrival{end, now})
		}
	}
}

// cameAt is when a record came. Those of a partition are to be asked for in order.
func (b *broker) cameAt(partition int32, offset int64) time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	list := b.came[partition]
	for len(list) > 1 && list[0].end <= offset {
		list = list[1:]
	}
	b.came[partition] = list
	return list[0].at
}

type listener struct {
	net.Listener
	b *broker
}

func (l *listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	return &conn{c, l.b}, err
}

type conn struct {
	net.Conn
	b *broker
}

func (c *conn) Write(p []byte) (int, error) {
	told := c.b.answers.Load() > 0 && c.b.answers.Add(-1) >= 0
	if told {
		c.b.event("produce appended")
	}
	n, err := c.Conn.Write(p)
	if told {
		c.b.event("produce answered")
	}
	return n, err
}

// record is what a consumer sees.
type record struct {
	partition  int32
	generation uint64
	offset     int64
	value      string
	key        string
	headers    string // all but id
}

// records reads the topic from its beginning to its end.
func (b *broker) records(t *testing.T) []record {
	t.Helper()
	var all []record
	cl, err := kgo.NewClient(kgo.SeedBrokers(b.ListenAddrs()...), kgo.ConsumeTopics(topic), kgo.FetchMaxWait(100*time.Millisecond))
	must(t, err)
	defer cl.Close()
	left := map[int32]int64{}
	for p := range int32(partitions) {
		if info := b.PartitionInfo(topic, p); info != nil && info.HighWatermark > 0 {
			left[p] = info.HighWatermark
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for len(left) > 0 && ctx.Err() == nil {
		cl.PollFetches(ctx).EachRecord(func(r *kgo.Record) {
			v := record{partition: r.Partition, value: string(r.Value), key: string(r.Key)}
			for _, h := range r.Headers {
				if h.Key == "id" && len(h.Value) == 16 {
					v.generation, v.offset = binary.BigEndian.Uint64(h.Value), int64(binary.BigEndian.Uint64(h.Value[8:]))
					continue
				}
				v.headers += h.Key + "=" + string(h.Value) + ";"
			}
			all = append(all, v)
			if r.Offset+1 >= left[r.Partition] {
				delete(left, r.Partition)
			}
		})
	}
	must(t, ctx.Err())
	return all
}

func (b *broker) addresses() string { return `"` + strings.Join(b.ListenAddrs(), `", "`) + `"` }

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
