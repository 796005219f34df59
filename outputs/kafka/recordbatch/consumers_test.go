package recordbatch

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/IBM/sarama"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/kversion"

	"shipper/inputs"
	"shipper/outputs"
)

// TestConsumersReadIt produces batches to a broker and reads them with the
// clients of others, for every codec.
func TestConsumersReadIt(t *testing.T) {
	for _, c := range codecs {
		t.Run(c.name, func(t *testing.T) {
			cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, "t"))
			if err != nil {
				t.Fatal(err)
			}
			defer cluster.Close()

			plain := plainSegment(300<<10, 185)
			plain.Gen.Stream.Key = []byte("a key")
			plain.Gen.Headers = []inputs.Header{{Key: "env", Value: []byte("prod")}}
			explicit := inputs.Segment{
				Gen: plain.Gen, Data: []byte("ab\n"), Late: true, Time: 1_790_000_000_000,
				Records: []inputs.Record{{Start: 0, End: 1, Piece: inputs.PieceFirst}, {Start: 1, End: 2, Piece: inputs.PieceLast}},
			}
			b := &outputs.Batch{Time: readAt, Segments: []inputs.Segment{plain, explicit}}
			raw, err := NewEncoder(Options{Codec: c.codec, RecordID: true}).Encode(b, Producer{ID: -1, Epoch: -1, Sequence: -1})
			if err != nil {
				t.Fatal(err)
			}
			want := messages(b, true)
			produce(t, cluster.ListenAddrs(), raw)
			t.Run("franz-go", func(t *testing.T) { diff(t, readFranz(t, cluster.ListenAddrs(), len(want)), want) })
			t.Run("sarama", func(t *testing.T) { diff(t, readSarama(t, cluster.ListenAddrs(), len(want)), want) })
		})
	}
}

func produce(t *testing.T, brokers []string, raw []byte) {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(brokers...), kgo.MaxVersions(kversion.V2_8_0()))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	request := kmsg.NewPtrProduceRequest()
	request.Acks = -1
	request.TimeoutMillis = 5000
	topic := kmsg.NewProduceRequestTopic()
	topic.Topic = "t"
	partition := kmsg.NewProduceRequestTopicPartition()
	partition.Records = raw
	topic.Partitions = append(topic.Partitions, partition)
	request.Topics = append(request.Topics, topic)
	response, err := request.RequestWith(t.Context(), client.Broker(0))
	if err != nil {
		t.Fatal(err)
	}
	if code := response.Topics[0].Partitions[0].ErrorCode; code != 0 {
		t.Fatalf("produce: %v", kerr.ErrorForCode(code))
	}
}

func readFranz(t *testing.T, brokers []string, n int) []message {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(brokers...), kgo.ConsumeTopics("t"))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var all []message
	for len(all) < n {
		fetches := client.PollFetches(ctx)
		if err := errors.Join(fetches.Err(), ctx.Err()); err != nil {
			t.Fatalf("after %d records: %v", len(all), err)
		}
		fetches.EachRecord(func(r *kgo.Record) {
			m := message{timestamp: r.Timestamp.UnixMilli(), key: r.Key, value: r.Value}
			for _, h := range r.Headers {
				m.headers = append(m.headers, inputs.Header{Key: h.Key, Value: h.Value})
			}
			all = append(all, m)
		})
	}
	return all
}

func readSarama(t *testing.T, brokers []string, n int) []message {
	t.Helper()
	partition, err := consumeSarama(brokers)
	if err != nil {
		t.Fatal(err)
	}
	defer partition.Close()
	return nextSarama(t, partition, n)
}

// consumeSarama begins to read topic t from its beginning.
func consumeSarama(brokers []string) (sarama.PartitionConsumer, error) {
	config := sarama.NewConfig()
	config.Version = sarama.V2_8_0_0
	config.Consumer.MaxWaitTime = 10 * time.Millisecond // which Close waits for
	consumer, err := sarama.NewConsumer(brokers, config)
	if err != nil {
		return nil, err
	}
	return consumer.ConsumePartition("t", 0, sarama.OffsetOldest)
}

// nextSarama reads the next n messages.
func nextSarama(t *testing.T, partition sarama.PartitionConsumer, n int) []message {
	t.Helper()
	timeout := time.After(time.Minute)
	var all []message
	for len(all) < n {
		select {
		case r := <-partition.Messages():
			m := message{timestamp: r.Timestamp.UnixMilli(), key: r.Key, value: r.Value}
			for _, h := range r.Headers {
				m.headers = append(m.headers, inputs.Header{Key: string(h.Key), Value: slices.Clone(h.Value)})
			}
			all = append(all, m)
		case err := <-partition.Errors():
			t.Fatal(err)
		case <-timeout:
			t.Fatalf("only %d of %d records", len(all), n)
		}
	}
	return all
}
