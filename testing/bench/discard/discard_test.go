package discard

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"testing"
	"time"

	"github.com/IBM/sarama"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"shipper/inputs"
	"shipper/outputs"
	"shipper/outputs/kafka/recordbatch"
)

func start(t *testing.T, config Config) *Broker {
	t.Helper()
	b, err := Listen("127.0.0.1:0", config)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- b.Serve(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-served; err != nil {
			t.Errorf("serve: %v", err)
		}
	})
	return b
}

const count = 1000

func TestSarama(t *testing.T) {
	b := start(t, Config{Check: true})
	config := sarama.NewConfig()
	config.Version = sarama.V3_6_0_0
	config.Producer.Idempotent = true
	config.Producer.RequiredAcks = sarama.WaitForAll
	config.Producer.Return.Successes = true
	config.Producer.Compression = sarama.CompressionZSTD
	config.Net.MaxOpenRequests = 1
	producer, err := sarama.NewSyncProducer([]string{b.Addr()}, config)
	if err != nil {
		t.Fatal(err)
	}
	defer producer.Close()
	messages := make([]*sarama.ProducerMessage, count)
	for i := range messages {
		messages[i] = &sarama.ProducerMessage{Topic: "any", Value: sarama.StringEncoder(fmt.Sprint("line ", i))}
	}
	if err := producer.SendMessages(messages); err != nil {
		t.Fatal(err)
	}
	expect(t, b, Stats{Records: count})

	admin, err := sarama.NewClusterAdmin([]string{b.Addr()}, config)
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close()
	entries, err := admin.DescribeConfigs([]*sarama.ConfigResource{{Type: sarama.TopicResource, Name: "any"}}, sarama.DescribeConfigsOptions{})
	if err != nil || len(entries) == 0 {
		t.Errorf("describe topic: %v, %v", entries, err)
	}
}

func TestFranz(t *testing.T) {
	b := start(t, Config{Check: true, AckDelay: time.Millisecond})
	client, err := kgo.NewClient(kgo.SeedBrokers(b.Addr()), kgo.DefaultProduceTopic("any"))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	records := make([]*kgo.Record, count)
	for i := range records {
		records[i] = kgo.StringRecord(fmt.Sprint("line ", i))
	}
	if err := client.ProduceSync(t.Context(), records...).FirstErr(); err != nil {
		t.Fatal(err)
	}
	expect(t, b, Stats{Records: count})
	request := kmsg.NewPtrFindCoordinatorRequest()
	request.CoordinatorKey, request.CoordinatorKeys = "group", []string{"group"}
	if _, err := request.RequestWith(t.Context(), client); err != nil {
		t.Errorf("find coordinator: %v", err)
	}
}

// expect compares the counters that do not depend on how a client batches.
func expect(t *testing.T, b *Broker, want Stats) {
	t.Helper()
	got := b.Stats()
	if got.Records != want.Records || got.Repeats != want.Repeats || got.Refused != want.Refused {
		t.Errorf("counters are %+v, want %+v", got, want)
	}
}

// TestCheck goes through the rules of sequence numbers.
func TestCheck(t *testing.T) {
	b := start(t, Config{Check: true})
	encoder := recordbatch.NewEncoder(recordbatch.Options{Codec: recordbatch.LZ4})
	segment := inputs.Segment{Gen: &inputs.Generation{Stream: &inputs.Stream{}}, Data: []byte("a\nb\nc\n"), Ends: []uint32{2, 4, 6}}
	encode := func(epoch int16, sequence int32) []byte {
		raw, err := encoder.Encode(&outputs.Batch{Time: time.Now(), Segments: []inputs.Segment{segment}}, recordbatch.Producer{ID: 1, Epoch: epoch, Sequence: sequence})
		if err != nil {
			t.Fatal(err)
		}
		return bytes.Clone(raw)
	}
	for i, step := range []struct {
		epoch    int16
		sequence int32
		offset   int64
		code     int16
	}{
		{0, 0, 0, 0},
		{0, 3, 3, 0},
		{0, 3, 3, 0}, // a repeat
		{0, 0, 0, 0}, // likewise
		{0, 4, -1, errOutOfOrder},
		{0, 9, -1, errOutOfOrder},
		{1, 5, -1, errOutOfOrder},
		{1, 0, 6, 0},
		{0, 6, -1, errProducerEpoch},
		{1, 3, 9, 0},
	} {
		offset, code := b.take(shard{"t", 0}, encode(step.epoch, step.sequence))
		if offset != step.offset || code != step.code {
			t.Errorf("step %d: offset %d, code %d, want %d, %d", i, offset, code, step.offset, step.code)
		}
	}
	expect(t, b, Stats{Records: 12, Repeats: 2, Refused: 4})

	// The largest sequence number is followed by 0.
	wrap := shard{"t", 1}
	for i, sequence := range []int32{1<<31 - 2, 1} {
		if offset, code := b.take(wrap, encode(0, sequence)); offset != int64(3*i) || code != 0 {
			t.Errorf("sequence %d: offset %d, code %d", sequence, offset, code)
		}
	}

	broken := encode(1, 6)
	broken[len(broken)-1] ^= 1
	for name, raw := range map[string][]byte{"checksum": broken, "cut": encode(1, 6)[:70], "empty": nil} {
		if _, code := b.take(shard{"t", 0}, raw); code != errCorrupt {
			t.Errorf("%s: code %d, want %d", name, code, errCorrupt)
		}
	}
	if _, code := b.take(shard{"t", 4}, encode(1, 6)); code != errUnknownPartition {
		t.Errorf("partition 4: code %d", code)
	}
}

// FuzzAnswer sends any request.
func FuzzAnswer(f *testing.F) {
	request := kmsg.NewPtrMetadataRequest()
	request.Version = 9
	request.Topics = append(request.Topics, kmsg.NewMetadataRequestTopic())
	f.Add(kmsg.NewRequestFormatter().AppendRequest(nil, request, 1)[4:])
	f.Add([]byte{0, 18, 0, 99, 0, 0, 0, 1, 255, 255})
	f.Fuzz(func(t *testing.T, frame []byte) {
		b := &Broker{config: Config{Partitions: 4, Check: true}, partitions: make(map[shard]*partition)}
		answer, err := b.answer(nil, frame)
		if err == nil && len(answer) > 0 && int(binary.BigEndian.Uint32(answer)) != len(answer)-4 {
			t.Errorf("answer of %d bytes says %d", len(answer), binary.BigEndian.Uint32(answer))
		}
	})
}
