package kafka

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"shipper/inputs"
	"shipper/outputs"
	"shipper/outputs/kafka/broker"
	"shipper/outputs/kafka/check"
	"shipper/outputs/kafka/cluster"
	"shipper/outputs/kafka/codes"
	"shipper/outputs/kafka/demand"
	"shipper/outputs/kafka/rate"
	"shipper/outputs/kafka/reader"
	"shipper/outputs/kafka/recordbatch"
	"shipper/outputs/kafka/spread"
	"shipper/outputs/kafka/wire"
)

// Output puts batches into Kafka. It implements outputs.Output.
type Output struct {
	conf     Config
	encoding recordbatch.Options
	dialer   *wire.Dialer
	cluster  *cluster.Cluster
	rate     *rate.Rate // nil: as fast as it goes

	mu       sync.Mutex
	shards   map[outputs.Shard]*shard
	takes    map[string]*atomic.Bool // by topic, see shard.takes
	encoders []*recordbatch.Encoder  // not in use, last used last; as many exist as requests were ever under way at once
}

var (
	_ outputs.Output = (*Output)(nil)
	_ outputs.Sharer = (*Output)(nil)
	_ outputs.Gate   = (*Output)(nil)
)

// Open checks cfg and starts to look for the cluster in the background. It
// does not need one: until a broker answers, Shard and Write say so.
func Open(cfg Config) (*Output, error) {
	if err := cfg.complete(); err != nil {
		return nil, fmt.Errorf("open output kafka.%s: %w", cfg.Label, err)
	}
	cfg.Log = cfg.Log.With("output", "kafka."+cfg.Label)
	o := &Output{
		conf: cfg,
		encoding: recordbatch.Options{
			Codec: cfg.Codec, Format: cfg.Format, RecordID: cfg.RecordID,
			BatchBytes: cfg.BatchBytes, BatchRecords: batchRecords(cfg.BatchBytes, cfg.Format),
		},
		dialer: cfg.dialer(),
		rate:   rate.New(cfg.MaxRate),
		shards: make(map[outputs.Shard]*shard),
		takes:  make(map[string]*atomic.Bool),
	}
	var err error
	o.cluster, err = cluster.Start(cluster.Config{
		Brokers: cfg.Brokers, Dialer: o.dialer, MaxSilent: cfg.MaxSilent, MaxAge: cfg.MetadataMaxAge, Log: cfg.Log,
		Demand: demand.Demand{
			MinInSyncReplicas: cfg.MinInSyncReplicas, ReplicationFactor: cfg.ReplicationFactor, Strict: cfg.RequireDurable,
			BatchBytes: cfg.BatchBytes, Longest: cfg.Longest, OwnTimes: cfg.OwnTimes,
		},
	})
	if err != nil {
		return nil, fmt.Errorf("open output kafka.%s: %w", cfg.Label, err)
	}
	return o, nil
}

// Shape tells what batches the output wants.
func (o *Output) Shape() outputs.Shape {
	return outputs.Shape{
		BatchBytes:   o.conf.BatchBytes,
		BatchRecords: o.encoding.BatchRecords,
		Linger:       o.conf.Linger,
		EncodedBytes: o.encoding.Memory(),
		Remembers:    remembers,
	}
}

// remembers is Kafka's default of producer.id.expiration.ms: for so long after
// the newest timestamp of a producer's records a broker knows a repeat.
const remembers = 24 * time.Hour

// maxMessageBytes is less than Kafka's default of max.message.bytes, 1 MiB, by
// what headers and frame take.
const maxMessageBytes = 1_000_000

// batchRecords is how many records may come with so many bytes of lines. Each
// takes some bytes of its own, and a batch should stay below the default of
// max.message.bytes. One that can't has a topic that takes more: then lines of
// 128 bytes may fill it.
func batchRecords(batchBytes int, f recordbatch.Format) int {
	own := 36
	if f == recordbatch.JSON {
		own += 128
	}
	return min(batchBytes, max((maxMessageBytes-batchBytes)/own, batchBytes/128, 1024))
}

// Shard chooses the partition of a stream by a hash of agent and stream name. When
// the topic grows, some streams are told a new partition, and the others the
// same as before.
func (o *Output) Shard(s *inputs.Stream) (outputs.Shard, error) {
	if err := codes.CheckTopic(s.Topic); err != nil {
		return outputs.Shard{}, fmt.Errorf("choose partition for %q: %w", s.Name, err)
	}
	t, err := o.cluster.Topic(s.Topic)
	if err == nil && t.Partitions() == 0 {
		err = codes.LeaderNotAvailable
	}
	if err != nil {
		return outputs.Shard{}, fmt.Errorf("choose partition of topic %s: %w", s.Topic, broker.Explain(err))
	}
	partition := spread.Spread{Agent: o.conf.AgentID, Most: o.conf.PartitionsPerAgent}.Of(s.Name, s.Topic, t.Partitions())
	return outputs.Shard{Topic: s.Topic, Partition: partition}, nil
}

// Check asks the brokers, see package check.
func (o *Output) Check(ctx context.Context, topics []string) []outputs.Finding {
	return check.Run(ctx, check.Config{
		Brokers: o.conf.Brokers, Dialer: o.dialer, Cluster: o.cluster,
		RequireDurable: o.conf.RequireDurable,
	}, topics)
}

// Identity returns the id of the cluster that answered last, whatever its
// address, "" if it tells none (as before Kafka 0.10.1), and false while none was
// heard. It is asked for with the first topic, see Shard. It does not block.
func (o *Output) Identity() (id string, ok bool) { return o.cluster.ID() }

// Status describes cluster and brokers.
func (o *Output) Status() outputs.Status {
	return o.cluster.Status()
}

// ReadBack implements outputs.Keeper.
func (o *Output) ReadBack(ctx context.Context, topic string, since time.Time, f func(*outputs.Kept) error, tell func(done, total int64)) error {
	r := reader.Reader{Cluster: o.cluster}
	return r.Read(ctx, topic, since, f, tell)
}

// Close ends the goroutines and closes the connections. If ctx ends first,
// what is left ends by itself within the dial time-out.
func (o *Output) Close(ctx context.Context) error {
	if err := o.cluster.Close(ctx); err != nil {
		return fmt.Errorf("close output kafka.%s: %w", o.conf.Label, err)
	}
	return nil
}

// shard finds or makes the state of a partition.
func (o *Output) shard(id outputs.Shard) *shard {
	o.mu.Lock()
	defer o.mu.Unlock()
	s := o.shards[id]
	if s == nil {
		takes := o.takes[id.Topic]
		if takes == nil {
			takes = new(atomic.Bool)
			takes.Store(true) // the benefit of the doubt, once
			o.takes[id.Topic] = takes
		}
		s = newShard(id, takes, o.conf.Log)
		o.shards[id] = s
	}
	return s
}

func (o *Output) takeEncoder() *recordbatch.Encoder {
	o.mu.Lock()
	defer o.mu.Unlock()
	if n := len(o.encoders); n > 0 {
		e := o.encoders[n-1]
		o.encoders = o.encoders[:n-1]
		return e
	}
	return recordbatch.NewEncoder(o.encoding)
}

func (o *Output) putEncoder(e *recordbatch.Encoder) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.encoders = append(o.encoders, e)
}
