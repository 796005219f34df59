package kafka

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"shipper/outputs"
	"shipper/outputs/kafka/broker"
	"shipper/outputs/kafka/cluster"
	"shipper/outputs/kafka/codes"
	"shipper/outputs/kafka/recordbatch"
	"shipper/outputs/kafka/wire"
)

// attempt is one request to one broker.
type attempt struct {
	broker *broker.Broker
	alone  bool // its shard's last attempt was not acknowledged
	items  []item
	parts  []wire.Part // the records are the encoder's
}

// item is one batch of an attempt.
type item struct {
	batch *outputs.Batch
	shard *shard
}

// Peer names the broker that leads the shard, "" while none is known: batches
// that go to one broker may share a Write. It implements outputs.Sharer.
func (o *Output) Peer(s outputs.Shard) string {
	t, err := o.cluster.Topic(s.Topic)
	if err != nil {
		return ""
	}
	br, err := o.cluster.Leader(t, s.Partition)
	if err != nil {
		return ""
	}
	return br.Addr()
}

// Ready tells whether the shard's broker is there and takes requests. What else may
// be wrong, Write tells. It implements outputs.Gate.
func (o *Output) Ready(s outputs.Shard) bool {
	t, err := o.cluster.Topic(s.Topic)
	if err != nil {
		return true
	}
	br, err := o.cluster.Leader(t, s.Partition)
	if err != nil {
		return !errors.Is(err, codes.LeaderNotAvailable)
	}
	return br.Ready()
}

// Rush implements outputs.Pacer: it ends waits for Config.MaxRate.
func (o *Output) Rush() (end func()) { return o.rate.Rush() }

// ShareRate has the output keep within the Config.MaxRate of another one together with
// it. It is to be called before the first Write.
func (o *Output) ShareRate(with outputs.Output) {
	if other, ok := with.(*Output); ok {
		o.rate = other.rate
	}
}

// Write makes one attempt. Batches whose shards are in order share one request
// a broker; a shard whose last attempt was not acknowledged gets a request of
// its own, so that its trouble stays its own.
func (o *Output) Write(ctx context.Context, batches []*outputs.Batch) {
	guess, err := o.rate.Admit(ctx, bytesOf(batches))
	if err != nil {
		for _, b := range batches {
			if s := o.shard(b.Shard); s.begin(b, nil) {
				s.notSent(b, outputs.Transient, err)
			}
		}
		return
	}
	deadline := time.Now().Add(o.conf.AttemptTimeout)
	var few [1]attempt
	attempts := few[:0]
	for _, b := range batches {
		s := o.shard(b.Shard)
		br := o.route(s, b)
		if br == nil {
			continue
		}
		i := slices.IndexFunc(attempts, func(a attempt) bool { return a.broker == br && !a.alone && s.settled })
		if i < 0 {
			i = len(attempts)
			attempts = append(attempts, attempt{broker: br, alone: !s.settled})
		}
		attempts[i].items = append(attempts[i].items, item{batch: b, shard: s})
	}
	var wg sync.WaitGroup
	for i := range attempts {
		if i+1 < len(attempts) {
			wg.Go(func() { o.run(ctx, deadline, &attempts[i]) })
		} else {
			o.run(ctx, deadline, &attempts[i])
		}
	}
	wg.Wait()
	o.rate.Settle(guess, sentOf(attempts))
}

// bytesOf is the bytes of lines in batches.
func bytesOf(batches []*outputs.Batch) int {
	n := 0
	for _, b := range batches {
		n += b.Bytes()
	}
	return n
}

// sentOf is the bytes that went over the wire, or tried to.
func sentOf(attempts []attempt) int {
	n := 0
	for i := range attempts {
		for j := range attempts[i].parts {
			n += len(attempts[i].parts[j].Records)
		}
	}
	return n
}

// route finds the broker for a batch, or settles it.
func (o *Output) route(s *shard, b *outputs.Batch) *broker.Broker {
	t, err := o.cluster.Topic(s.Topic)
	if !s.begin(b, t) {
		return nil
	}
	if err == nil {
		err = o.cluster.Refusal(s.Topic)
	}
	var br *broker.Broker
	if err == nil {
		br, err = o.cluster.Leader(t, s.Partition)
	}
	if err != nil {
		s.notSent(b, broker.Classify(err), broker.Explain(err))
		var none *cluster.NoPartitionError
		b.Fate.Gone = b.Fate.State == outputs.Refused && errors.As(err, &none)
		return nil
	}
	return br
}

// run makes one attempt and fills in the fates of its batches.
func (o *Output) run(ctx context.Context, deadline time.Time, a *attempt) {
	conn, err := a.broker.Take(ctx, deadline)
	if err != nil {
		o.cluster.Refresh() // the partition may have found another leader
		a.notSent(err)
		return
	}
	var throttle time.Duration
	if !a.belongs(conn) {
		o.cluster.Refresh()
	}
	defer func() { a.broker.Release(ctx, conn, throttle, err) }()
	if err = o.number(ctx, deadline, conn, a); err != nil {
		a.notSent(err)
		return
	}
	e := o.takeEncoder()
	defer o.putEncoder(e)
	a.encode(e)
	if len(a.items) == 0 {
		return
	}
	resp, sent, perr := conn.Produce(ctx, deadline, brokerTimeout(deadline), a.parts)
	if err = perr; err != nil {
		o.cluster.Refresh()
		if !sent {
			a.notSent(err)
			return
		}
		for _, it := range a.items {
			it.shard.lost(it.batch, fmt.Errorf("sent, but not answered: %w", err))
		}
		return
	}
	throttle = time.Duration(resp.ThrottleMillis) * time.Millisecond
	o.settle(a, resp)
}

// belongs settles the batches that must not go to the cluster of a connection,
// and tells whether there were none. The address was its own when the batch was
// made; the connection can't come to lead elsewhere while it is used.
func (a *attempt) belongs(conn *wire.Conn) bool {
	before := len(a.items)
	a.items = slices.DeleteFunc(a.items, func(it item) bool {
		want := it.batch.Cluster
		if want == "" || conn.Cluster == "" || want == conn.Cluster {
			return false
		}
		it.shard.notSent(it.batch, outputs.Transient, fmt.Errorf("%s belongs to cluster %s now, not to %s any more", conn.Addr(), conn.Cluster, want))
		return true
	})
	return len(a.items) == before
}

// brokerTimeout is how long the broker may wait for its replicas: two seconds
// less than we wait, so that it names the slow partition before we hang up.
func brokerTimeout(deadline time.Time) time.Duration {
	left := time.Until(deadline)
	return max(left-2*time.Second, left/2, time.Millisecond)
}

func (a *attempt) notSent(err error) {
	for _, it := range a.items {
		it.shard.notSent(it.batch, broker.Classify(err), broker.Explain(err))
	}
}

// number takes producer ids for shards that have none. An error is of the
// connection and concerns all; a broker's refusal settles the batch.
func (o *Output) number(ctx context.Context, deadline time.Time, conn *wire.Conn, a *attempt) error {
	kept := a.items[:0]
	for _, it := range a.items {
		if it.shard.producer.ID >= 0 {
			kept = append(kept, it)
			continue
		}
		req := kmsg.NewPtrInitProducerIDRequest()
		req.TransactionTimeoutMillis = int32(time.Minute.Milliseconds())
		resp, err := wire.Ask[*kmsg.InitProducerIDResponse](ctx, conn, deadline, req, 4)
		if err != nil {
			return fmt.Errorf("take a producer id: %w", err)
		}
		if code := codes.Code(resp.ErrorCode); code != codes.None {
			err := fmt.Errorf("take a producer id of %s: %w", a.broker.Addr(), codes.Answer{Code: code, To: codes.InitProducerID})
			it.shard.notSent(it.batch, broker.Classify(err), broker.Explain(err))
			continue
		}
		if resp.ProducerID < 0 || resp.ProducerEpoch < 0 { // it would take every repeat for news
			err := fmt.Errorf("take a producer id of %s: %w", a.broker.Addr(), errNoID)
			it.shard.notSent(it.batch, outputs.UnknownError, err)
			continue
		}
		it.shard.producer = recordbatch.Producer{ID: resp.ProducerID, Epoch: resp.ProducerEpoch}
		o.conf.Log.Debug("producer id taken", keyTopic, it.shard.Topic, keyPartition, it.shard.Partition, "producer_id", resp.ProducerID)
		kept = append(kept, it)
	}
	a.items = kept
	return nil
}

// encode makes the record batches, topics together as the frame needs them.
func (a *attempt) encode(e *recordbatch.Encoder) {
	if len(a.items) > 1 {
		slices.SortStableFunc(a.items, func(x, y item) int { return strings.Compare(x.shard.Topic, y.shard.Topic) })
	}
	e.Reset()
	kept := a.items[:0]
	for _, it := range a.items {
		records, err := e.Encode(it.batch, it.shard.producer)
		if err != nil {
			it.shard.unfit(it.batch, err)
			continue
		}
		kept = append(kept, it)
		a.parts = append(a.parts, wire.Part{Topic: it.shard.Topic, Partition: it.shard.Partition, Records: records})
	}
	a.items = kept
}

// settle deals the answers out.
func (o *Output) settle(a *attempt, resp *kmsg.ProduceResponse) {
	stale := false
	for _, it := range a.items {
		p := answerTo(resp, it.shard.Shard)
		if p == nil {
			it.shard.lost(it.batch, fmt.Errorf("broker %s: %w", a.broker.Addr(), errAnswer))
			continue
		}
		it.shard.answered(it.batch, p, a.broker.Addr())
		// A lost sequence may mean that the topic is another one.
		stale = stale || codes.Code(p.ErrorCode).Stale() || it.batch.Fate.State == outputs.GivenUp
	}
	if stale {
		o.cluster.Refresh()
	}
}

// answerTo finds the answer for a shard, nil if there is none.
func answerTo(resp *kmsg.ProduceResponse, s outputs.Shard) *kmsg.ProduceResponseTopicPartition {
	for i := range resp.Topics {
		if resp.Topics[i].Topic != s.Topic {
			continue
		}
		for j := range resp.Topics[i].Partitions {
			if p := &resp.Topics[i].Partitions[j]; p.Partition == s.Partition {
				return p
			}
		}
	}
	return nil
}
