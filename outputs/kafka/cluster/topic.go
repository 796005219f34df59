package cluster

import (
	"fmt"
	"maps"

	"github.com/twmb/franz-go/pkg/kmsg"

	"shipper/outputs/kafka/broker"
	"shipper/outputs/kafka/codes"
)

// view is what is known of the cluster at a moment. It is immutable.
type view struct {
	answered bool   // some broker has told what follows
	id       string // of the cluster, "" if no broker tells one
	brokers  map[int32]*broker.Broker
	topics   map[string]*Topic
}

// ID returns the id of the cluster that answered last, "" if it tells none, and
// false while none has told what topics it has.
func (c *Cluster) ID() (id string, ok bool) {
	v := c.view.Load()
	return v.id, v.answered
}

// Topic is one topic at a moment. It is immutable. With err set, partitions are
// those known from before, and still used: a broker that has just started may
// not know yet.
type Topic struct {
	ID TopicID
	// Gone: every broker of the cluster said that the topic does not exist.
	Gone bool

	err        error       // a codes.Answer or codes.Code
	partitions []partition // by number
	replicas   int         // of the partition that has the fewest
	denied     map[string]struct{}
}

// TopicID tells topics apart that go by one name, one after the other. It is
// zero if the broker does not say, as those before Kafka 2.8.
type TopicID [16]byte

// Partitions is how many partitions the topic has, 0 if that is not known.
func (t *Topic) Partitions() int { return len(t.partitions) }

type partition struct {
	leader int32 // -1 if there is none
	epoch  int32 // of the leader, -1 if the broker does not say
}

// merge makes the next view of the last one and what the broker at addr said.
func (c *Cluster) merge(old *view, resp *kmsg.MetadataResponse, addr string) *view {
	v := &view{answered: true, id: old.id, brokers: make(map[int32]*broker.Broker, len(resp.Brokers)), topics: maps.Clone(old.topics)}
	if v.topics == nil {
		v.topics = make(map[string]*Topic)
	}
	if resp.ClusterID != nil && *resp.ClusterID != "" {
		v.id = *resp.ClusterID
	}
	for i := range resp.Brokers {
		id, at := resp.Brokers[i].NodeID, address(&resp.Brokers[i])
		if b := old.brokers[id]; b != nil && b.Addr() == at {
			v.brokers[id] = b
			continue
		}
		v.brokers[id] = broker.New(c.env, id, at)
	}
	for i := range resp.Topics {
		said := &resp.Topics[i]
		v.topics[nameOf(said)] = nextTopic(old.topics[nameOf(said)], said, addr, v)
	}
	return v
}

// nextTopic makes the new state of one topic.
func nextTopic(old *Topic, said *kmsg.MetadataResponseTopic, addr string, v *view) *Topic {
	code := codes.Code(said.ErrorCode)
	if code != codes.None && (code != codes.LeaderNotAvailable || len(said.Partitions) == 0) {
		t := new(Topic)
		if old != nil {
			*t = *old
		}
		t.err = codes.Answer{Code: code, To: codes.Metadata}
		if code == codes.UnknownTopicOrPartition {
			t.deny(addr, v)
		}
		return t
	}
	t := &Topic{ID: TopicID(said.TopicID)}
	n := 0
	for _, p := range said.Partitions {
		n = max(n, int(p.Partition)+1)
	}
	if n > 1<<20 || n == 0 {
		t.err = codes.LeaderNotAvailable
		return t
	}
	same := old != nil && old.ID == t.ID && t.ID != (TopicID{})
	if same { // topics only grow: a broker that says otherwise lags behind
		n = max(n, len(old.partitions))
	}
	t.partitions = make([]partition, n)
	for i := range t.partitions {
		t.partitions[i] = partition{leader: -1, epoch: -1}
	}
	if same {
		copy(t.partitions, old.partitions)
	}
	for _, p := range said.Partitions {
		if p.Partition < 0 {
			continue
		}
		now := partition{leader: p.Leader, epoch: p.LeaderEpoch}
		// A broker that lags behind names a leader of the past. Without an
		// id it may as well be another topic, whose epochs began anew.
		if same && int(p.Partition) < len(old.partitions) {
			if was := old.partitions[p.Partition]; was.epoch > now.epoch && now.epoch >= 0 {
				now = was
			}
		}
		t.partitions[p.Partition] = now
		if t.replicas == 0 || len(p.Replicas) < t.replicas {
			t.replicas = len(p.Replicas)
		}
	}
	return t
}

// deny notes that the broker at addr does not know the topic. Once all brokers
// agree it is gone.
func (t *Topic) deny(addr string, v *view) {
	t.denied = maps.Clone(t.denied)
	if t.denied == nil {
		t.denied = make(map[string]struct{})
	}
	t.denied[addr] = struct{}{}
	for _, b := range v.brokers {
		if _, ok := t.denied[b.Addr()]; !ok {
			return
		}
	}
	t.Gone, t.partitions, t.replicas = true, nil, 0
}

// NoPartitionError is returned by Leader for a number that the topic does not
// have, although it is known.
type NoPartitionError struct{ Partitions int }

func (e *NoPartitionError) Error() string {
	return fmt.Sprintf("the topic has only %d partitions", e.Partitions)
}

// Unwrap is the code that a broker would answer.
func (e *NoPartitionError) Unwrap() error { return codes.UnknownTopicOrPartition }
