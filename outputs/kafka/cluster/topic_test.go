package cluster

import (
	"testing"

	"github.com/twmb/franz-go/pkg/kmsg"

	"shipper/outputs/kafka/broker"
	"shipper/outputs/kafka/codes"
)

// said is what a broker says of a topic of one partition.
func said(id byte, leader, epoch int32) *kmsg.MetadataResponseTopic {
	return &kmsg.MetadataResponseTopic{TopicID: [16]byte{id}, Partitions: []kmsg.MetadataResponseTopicPartition{
		{Leader: leader, LeaderEpoch: epoch, Replicas: []int32{1, 2, 3}},
	}}
}

func failed(code codes.Code) *kmsg.MetadataResponseTopic {
	return &kmsg.MetadataResponseTopic{ErrorCode: int16(code)}
}

func threeBrokers() *view {
	v := &view{brokers: map[int32]*broker.Broker{}}
	for i, addr := range []string{"k1:9092", "k2:9092", "k3:9092"} {
		v.brokers[int32(i+1)] = broker.New(&broker.Env{}, int32(i+1), addr)
	}
	return v
}

func TestLeaderOfThePastIsNotBelieved(t *testing.T) {
	for _, c := range []struct {
		name     string
		now, new *kmsg.MetadataResponseTopic
		leader   int32
	}{
		{"newer epoch", said(1, 1, 5), said(1, 2, 6), 2},
		{"older epoch", said(1, 1, 5), said(1, 2, 4), 1},
		{"older epoch of another topic", said(1, 1, 5), said(2, 2, 0), 2},
		// Without ids a topic that was created again looks like this, too.
		{"older epoch and no ids", said(0, 1, 5), said(0, 2, 0), 2},
		{"no epoch", said(1, 1, 5), said(1, 2, -1), 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			old := nextTopic(nil, c.now, "k1:9092", threeBrokers())
			if got := nextTopic(old, c.new, "k2:9092", threeBrokers()); got.partitions[0].leader != c.leader {
				t.Errorf("leader is %d, want %d", got.partitions[0].leader, c.leader)
			}
		})
	}
}

func TestTopicIsGoneWhenAllBrokersAgree(t *testing.T) {
	v := threeBrokers()
	topic := nextTopic(nil, said(1, 1, 5), "k1:9092", v)
	for _, addr := range []string{"k1:9092", "k2:9092", "k2:9092"} {
		topic = nextTopic(topic, failed(codes.UnknownTopicOrPartition), addr, v)
		if topic.Gone || topic.Partitions() != 1 || topic.err == nil {
			t.Fatalf("after %s: %+v", addr, topic)
		}
	}
	if again := nextTopic(topic, failed(codes.TopicAuthorizationFailed), "k3:9092", v); again.Gone {
		t.Error("a topic that is closed to us is not gone")
	}
	back := nextTopic(topic, said(1, 1, 5), "k1:9092", v)
	if gone := nextTopic(back, failed(codes.UnknownTopicOrPartition), "k3:9092", v); gone.Gone {
		t.Error("one that came back is gone because of what was said before")
	}
	if gone := nextTopic(topic, failed(codes.UnknownTopicOrPartition), "k3:9092", v); !gone.Gone || gone.Partitions() != 0 {
		t.Errorf("all agree: %+v", gone)
	}
}

func TestNonsenseAboutPartitionsIsWaitedOut(t *testing.T) {
	for name, md := range map[string]*kmsg.MetadataResponseTopic{
		"none":     {},
		"negative": {Partitions: []kmsg.MetadataResponseTopicPartition{{Partition: -1, Leader: 1}}},
		"far off":  {Partitions: []kmsg.MetadataResponseTopicPartition{{Partition: 1 << 30, Leader: 1}}},
	} {
		if topic := nextTopic(nil, md, "k1:9092", threeBrokers()); topic.Partitions() != 0 || topic.err == nil {
			t.Errorf("%s: %+v", name, topic)
		}
	}
}
