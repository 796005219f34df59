package oracle

import (
	"bytes"
	"context"
	"os"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"shipper/testing/workload"
)

func TestReadTopicAsItGrows(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	fake, err := kfake.NewCluster(kfake.NumBrokers(2), kfake.SeedTopics(3, "logs"))
	if err != nil {
		t.Fatal(err)
	}
	defer fake.Close()
	producer, err := kgo.NewClient(kgo.SeedBrokers(fake.ListenAddrs()...), kgo.DefaultProduceTopic("logs"),
		kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err != nil {
		t.Fatal(err)
	}
	defer producer.Close()

	const n = 3000
	checker, err := NewChecker([]workload.Journal{{Source: "a", Lines: n, Done: true}})
	if err != nil {
		t.Fatal(err)
	}
	reader, err := NewReader(fake.ListenAddrs(), "logs")
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	if err := reader.ReadToEnd(ctx, checker.Add); err != nil {
		t.Fatal(err)
	}
	if checker.Missing() != n {
		t.Errorf("%d missing of an empty topic", checker.Missing())
	}
	for third := range uint64(3) {
		var rs []*kgo.Record
		for s := third * n / 3; s < (third+1)*n/3; s++ {
			r := line(int32(s%3), s)
			rs = append(rs, &kgo.Record{Partition: r.Partition, Value: r.Value, Headers: []kgo.RecordHeader{
				{Key: "id", Value: r.ID}, {Key: "host", Value: []byte("h")}}})
		}
		if err := producer.ProduceSync(ctx, rs...).FirstErr(); err != nil {
			t.Fatal(err)
		}
		if err := reader.ReadToEnd(ctx, checker.Add); err != nil {
			t.Fatal(err)
		}
		if want := n - (third+1)*n/3; checker.Missing() != want {
			t.Errorf("%d missing, want %d", checker.Missing(), want)
		}
	}
	if r := checker.Result(); !r.OK() || r.Duplicated != 0 || r.Sources[0].Partitions != 3 {
		t.Errorf("%s", r.String())
	}
}

func TestUnknownTopic(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	fake, err := kfake.NewCluster(kfake.NumBrokers(1))
	if err != nil {
		t.Fatal(err)
	}
	defer fake.Close()
	if _, err := CheckTopic(ctx, fake.ListenAddrs(), "nope", nil); err == nil {
		t.Error("an unknown topic was read")
	}
}

func TestReadLinesOfAWriter(t *testing.T) {
	cfg := workload.Config{Dir: t.TempDir(), Source: "app", Bytes: 3 << 20, MeanLine: 1000, MaxLine: 2 << 20, Seed: 3}
	j, err := workload.Write(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(cfg.LogPath())
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	c, err := NewChecker([]workload.Journal{j})
	if err != nil {
		t.Fatal(err)
	}
	if err := ReadLines(f, c.Add); err != nil {
		t.Fatal(err)
	}
	if r := c.Result(); !r.OK() || r.Records != j.Lines {
		t.Errorf("%s", r.String())
	}
}

func TestReadLinesLongerThanTheBuffer(t *testing.T) {
	long := bytes.Repeat([]byte("x"), 3<<20)
	input := append(append([]byte("a\n"), long...), "\nunfinished"...)
	var got []int
	if err := ReadLines(bytes.NewReader(input), func(r Record) { got = append(got, len(r.Value)) }); err != nil {
		t.Fatal(err)
	}
	if len(got) != 3 || got[0] != 1 || got[1] != len(long) || got[2] != len("unfinished") {
		t.Errorf("lengths %v", got)
	}
}
