package kafka

import (
	"maps"

	"github.com/IBM/sarama"

	"shipper/outputs/kafka/codes"
)

// view is what is known of the cluster at a moment. It is immutable.
type view struct {
	brokers map[int32]*broker
	topics  map[string]*topic
}

// topic is one topic of a view. With err set, partitions are those known from
// before, and still used: a broker that has just started may not know yet.
type topic struct {
	id         sarama.Uuid // zero if the broker does not say
	err        error       // a codes.Code
	partitions []partition // by number
	replicas   int         // of the partition that has the fewest
	denied     map[string]struct{}
	// gone: every broker of the cluster said that the topic does not exist.
	gone bool
}

type partition struct {
	leader int32 // -1 if there is none
	epoch  int32 // of the leader, -1 if the broker does not say
}

// merge makes the next view of the last one and what the broker at addr said.
func (c *cluster) merge(old *view, resp *sarama.MetadataResponse, addr string) *view {
	v := &view{brokers: make(map[int32]*broker, len(resp.Brokers)), topics: maps.Clone(old.topics)}
	if v.topics == nil {
		v.topics = make(map[string]*topic)
	}
	for _, sb := range resp.Brokers {
		if b := old.brokers[sb.ID()]; b != nil && b.addr == sb.Addr() {
			v.brokers[b.id] = b
			continue
		}
		v.brokers[sb.ID()] = &broker{
			id: sb.ID(), addr: sb.Addr(), dialer: c.dialer, log: c.conf.Log,
			maxSilent: c.conf.MaxSilent, start: c.start, refresh: c.refresh,
		}
	}
	for _, st := range resp.Topics {
		v.topics[st.Name] = nextTopic(old.topics[st.Name], st, addr, v)
	}
	return v
}

// nextTopic makes the new state of one topic.
func nextTopic(old *topic, st *sarama.TopicMetadata, addr string, v *view) *topic {
	code := codes.Code(st.Err)
	if code != codes.None && (code != codes.LeaderNotAvailable || len(st.Partitions) == 0) {
		t := &topic{err: code}
		if old != nil {
			*t = *old
			t.err = code
		}
		if code == codes.UnknownTopicOrPartition {
			t.deny(addr, v)
		}
		return t
	}
	t := &topic{id: st.Uuid}
	n := 0
	for _, p := range st.Partitions {
		n = max(n, int(p.ID)+1)
	}
	if n > 1<<20 || n == 0 {
		t.err = codes.LeaderNotAvailable
		return t
	}
	t.partitions = make([]partition, n)
	for i := range t.partitions {
		t.partitions[i] = partition{leader: -1, epoch: -1}
	}
	for _, p := range st.Partitions {
		if p.ID < 0 {
			continue
		}
		now := partition{leader: p.Leader, epoch: p.LeaderEpoch}
		if p.Version < 7 {
			now.epoch = -1
		}
		// A broker that lags behind names a leader of the past.
		if old != nil && old.id == t.id && int(p.ID) < len(old.partitions) {
			if was := old.partitions[p.ID]; was.epoch > now.epoch && now.epoch >= 0 {
				now = was
			}
		}
		t.partitions[p.ID] = now
		if t.replicas == 0 || len(p.Replicas) < t.replicas {
			t.replicas = len(p.Replicas)
		}
	}
	return t
}

// deny notes that the broker at addr does not know the topic. Once all brokers
// agree it is gone.
func (t *topic) deny(addr string, v *view) {
	t.denied = maps.Clone(t.denied)
	if t.denied == nil {
		t.denied = make(map[string]struct{})
	}
	t.denied[addr] = struct{}{}
	for _, b := range v.brokers {
		if _, ok := t.denied[b.addr]; !ok {
			return
		}
	}
	t.gone, t.partitions, t.replicas = true, nil, 0
}
