package discard

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// Config describes a Broker.
type Config struct {
	Partitions int32         // of every topic; default 4
	AckDelay   time.Duration // before every answer to a Produce request
	Check      bool          // verify checksums and sequence numbers
	TLS        *tls.Config   // nil: no TLS
	// Take, if not nil, is handed every batch that is accepted, those of a
	// partition in order. The bytes are valid during the call only, which
	// holds up all partitions.
	Take func(topic string, partition int32, offset int64, batch []byte)
}

// Stats is what a broker has seen. Records are counted when they are accepted,
// that is not when they are refused or known as a repeat.
type Stats struct {
	Records  int64 `json:"records"`
	Batches  int64 `json:"batches"`
	Bytes    int64 `json:"bytes"` // of record batches, as they came
	Requests int64 `json:"requests"`
	Repeats  int64 `json:"repeats"` // batches, with Check only
	Refused  int64 `json:"refused"` // batches
}

// Broker is a one-node Kafka cluster without memory.
type Broker struct {
	config   Config
	listener net.Listener
	host     string
	port     int32

	delay        atomic.Int64 // Config.AckDelay, or what SetAckDelay said since
	away         atomic.Bool
	lastProducer atomic.Int64
	records      atomic.Int64
	batches      atomic.Int64
	bytes        atomic.Int64
	requests     atomic.Int64
	repeats      atomic.Int64
	refused      atomic.Int64

	mu         sync.Mutex // guards what follows
	partitions map[shard]*partition
	conns      map[net.Conn]struct{}
}

type shard struct {
	topic string
	index int32
}

// Listen makes a broker that listens at address, such as 127.0.0.1:0. Serve
// must be called for it to answer.
func Listen(address string, config Config) (*Broker, error) {
	if config.Partitions == 0 {
		config.Partitions = 4
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, err
	}
	at := listener.Addr().(*net.TCPAddr)
	if config.TLS != nil {
		listener = tls.NewListener(listener, config.TLS)
	}
	b := &Broker{
		config: config, listener: listener, host: at.IP.String(), port: int32(at.Port),
		partitions: make(map[shard]*partition), conns: make(map[net.Conn]struct{}),
	}
	b.SetAckDelay(config.AckDelay)
	return b, nil
}

// Addr is where the broker listens.
func (b *Broker) Addr() string { return b.listener.Addr().String() }

// Stats tells what was seen so far.
func (b *Broker) Stats() Stats {
	return Stats{
		Records: b.records.Load(), Batches: b.batches.Load(), Bytes: b.bytes.Load(),
		Requests: b.requests.Load(), Repeats: b.repeats.Load(), Refused: b.refused.Load(),
	}
}

// Serve answers until ctx ends, and returns when all connections are closed.
func (b *Broker) Serve(ctx context.Context) error {
	stop := context.AfterFunc(ctx, func() {
		b.listener.Close()
		b.mu.Lock()
		defer b.mu.Unlock()
		for c := range b.conns {
			c.Close()
		}
	})
	defer stop()
	var group sync.WaitGroup
	defer group.Wait()
	for {
		conn, err := b.listener.Accept()
		if errors.Is(err, net.ErrClosed) && ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		b.mu.Lock()
		b.conns[conn] = struct{}{}
		b.mu.Unlock()
		if b.away.Load() {
			conn.Close() // serve finds it closed
		}
		if ctx.Err() != nil { // it may have ended before conn was known
			conn.Close()
		}
		group.Go(func() {
			b.serve(conn)
			conn.Close()
			b.mu.Lock()
			delete(b.conns, conn)
			b.mu.Unlock()
		})
	}
}
