package reader_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"shipper/inputs"
	"shipper/outputs"
	"shipper/outputs/kafka/cluster"
	"shipper/outputs/kafka/reader"
	"shipper/outputs/kafka/wire"
)

func start(t *testing.T, partitions int32) (addrs []string, r *reader.Reader) {
	t.Helper()
	fake, err := kfake.NewCluster(kfake.NumBrokers(2), kfake.SeedTopics(partitions, "events"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(fake.Close)
	c, err := cluster.Start(cluster.Config{
		Brokers: fake.ListenAddrs(), Dialer: &wire.Dialer{ClientID: "test"}, MaxSilent: 1, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close(context.Background()) })
	return fake.ListenAddrs(), &reader.Reader{Cluster: c}
}

func client(t *testing.T, addrs []string, options ...kgo.Opt) *kgo.Client {
	t.Helper()
	c, err := kgo.NewClient(append([]kgo.Opt{kgo.SeedBrokers(addrs...), kgo.DefaultProduceTopic("events"),
		kgo.RecordPartitioner(kgo.ManualPartitioner())}, options...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func id(generation uint64, offset int64) []byte {
	b := binary.BigEndian.AppendUint64(nil, generation)
	return binary.BigEndian.AppendUint64(b, uint64(offset))
}

// Everything comes back, in the order of each partition, whatever it was
// compressed with.
func TestReadsEverythingBack(t *testing.T) {
	addrs, r := start(t, 3)
	want := map[int32][]string{}
	n := 0
	for _, codec := range []kgo.CompressionCodec{
		kgo.NoCompression(), kgo.GzipCompression(), kgo.SnappyCompression(), kgo.Lz4Compression(), kgo.ZstdCompression(),
	} {
		c := client(t, addrs, kgo.ProducerBatchCompression(codec))
		for range 1000 {
			p := int32(n % 3)
			value := fmt.Sprintf("%d %s", n, strings.Repeat("v", n%200))
			want[p] = append(want[p], value)
			record := &kgo.Record{Partition: p, Value: []byte(value), Headers: []kgo.RecordHeader{
				{Key: "id", Value: id(7, int64(n))}, {Key: "app", Value: []byte("x")}, {Key: "late", Value: []byte("1")}, {Key: "split", Value: []byte("first")},
			}}
			c.Produce(t.Context(), record, func(_ *kgo.Record, err error) {
				if err != nil {
					t.Error(err)
				}
			})
			n++
		}
		if err := c.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	got := map[int32][]string{}
	var done, total int64
	err := r.Read(t.Context(), "events", time.Time{}, func(k *outputs.Kept) error {
		got[k.Shard.Partition] = append(got[k.Shard.Partition], string(k.Value))
		var seq int64
		fmt.Sscan(string(k.Value), &seq)
		if !k.HasID || k.Generation != 7 || k.Offset != seq || !k.Late || k.Piece != inputs.PieceFirst {
			return fmt.Errorf("record %d came as %+v", seq, k)
		}
		return nil
	}, func(d, all int64) { done, total = d, all })
	if err != nil {
		t.Fatal(err)
	}
	for p := range want {
		if strings.Join(got[p], "\n") != strings.Join(want[p], "\n") {
			t.Errorf("partition %d: %d records came back, not the %d that were sent, in their order", p, len(got[p]), len(want[p]))
		}
	}
	if done != total || total != int64(n) {
		t.Errorf("%d of %d told, %d were sent", done, total, n)
	}
}

// What was aborted is left out, and what is older than since.
func TestLeavesOut(t *testing.T) {
	addrs, r := start(t, 1)
	begun := time.Now()
	plain := client(t, addrs)
	send := func(c *kgo.Client, value string, at time.Time) {
		t.Helper()
		if err := c.ProduceSync(t.Context(), &kgo.Record{Value: []byte(value), Timestamp: at}).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
	send(plain, "old", begun.Add(-time.Hour))
	for i, end := range []kgo.TransactionEndTry{kgo.TryCommit, kgo.TryAbort, kgo.TryCommit} {
		c := client(t, addrs, kgo.TransactionalID("t"))
		if err := c.BeginTransaction(); err != nil {
			t.Fatal(err)
		}
		send(c, fmt.Sprintf("transaction %d", i), begun)
		if err := c.EndTransaction(t.Context(), end); err != nil {
			t.Fatal(err)
		}
		c.Close()
		send(plain, fmt.Sprintf("plain %d", i), begun)
	}
	var got []string
	read := func(since time.Time) string {
		t.Helper()
		got = nil
		err := r.Read(t.Context(), "events", since, func(k *outputs.Kept) error {
			got = append(got, string(k.Value))
			return nil
		}, func(int64, int64) {})
		if err != nil {
			t.Fatal(err)
		}
		return strings.Join(got, ", ")
	}
	rest := "transaction 0, plain 0, plain 1, transaction 2, plain 2"
	if s := read(time.Time{}); s != "old, "+rest {
		t.Errorf("got %s", s)
	}
	if s := read(begun.Add(-time.Minute)); s != rest {
		t.Errorf("since a minute ago: %s", s)
	}
	if s := read(begun.Add(time.Hour)); s != "" {
		t.Errorf("since an hour from now: %s", s)
	}
}

func TestMissingTopicIsSaid(t *testing.T) {
	_, r := start(t, 1)
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	err := r.Read(ctx, "nothing", time.Time{}, func(*outputs.Kept) error { return nil }, func(int64, int64) {})
	if err == nil || !strings.Contains(err.Error(), "nothing") {
		t.Errorf("error %v", err)
	}
}
