package quarantine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"shipper/agent/config"
	"shipper/outputs/quarantine"
)

// world is a configuration with an embedded cluster and records in quarantine.
func world(t *testing.T, records int) (*Places, *kfake.Cluster) {
	t.Helper()
	c, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, "t"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	dir := t.TempDir()
	path := filepath.Join(dir, "shipper.hcl")
	text := fmt.Sprintf("agent {\n  state_dir = %q\n}\noutput \"kafka\" \"events\" {\n  brokers = [%q]\n}\n", dir, c.ListenAddrs()[0])
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, found := config.Load(path)
	if found.HasErrors() {
		t.Fatal(found)
	}
	q := quarantine.NewFile(filepath.Join(dir, "quarantine.jsonl"), 1<<30, slog.New(slog.DiscardHandler))
	for i := range records {
		r := &Record{Output: "kafka.events", Topic: "t", Generation: 7, Offset: int64(i), Value: fmt.Appendf(nil, "%d", i)}
		if err := q.Put(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	if err := q.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	return Open(cfg), c
}

func left(t *testing.T, f *Places) int {
	t.Helper()
	n := 0
	if err := f.Each(t.Context(), Selection{}, func(*Record) { n++ }); err != nil {
		t.Fatal(err)
	}
	return n
}

func values(t *testing.T, c *kfake.Cluster, n int) string {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(c.ListenAddrs()...), kgo.ConsumeTopics("t"), kgo.ConsumeStartOffset(kgo.NewOffset().AtStart()))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var all []string
	for len(all) < n {
		fetches := client.PollFetches(ctx)
		if ctx.Err() != nil {
			t.Fatalf("%d of %d records", len(all), n)
		}
		fetches.EachRecord(func(r *kgo.Record) { all = append(all, string(r.Value)) })
	}
	return strings.Join(all, " ")
}

// What was acknowledged before an interruption is taken out, and the next run
// sends the rest: each record once, in order.
func TestResendGoesOnAfterAnInterruption(t *testing.T) {
	const records = 130
	f, c := world(t, records)
	ctx, cancel := context.WithCancel(t.Context())
	var requests atomic.Int32
	c.ControlKey(int16(kmsg.Produce), func(kmsg.Request) (kmsg.Response, error, bool) {
		c.KeepControl()
		if requests.Add(1) == 110 {
			cancel()
		}
		return nil, nil, false
	})
	how := Resend{Timeout: 10 * time.Second, Log: slog.New(slog.DiscardHandler), Refused: func(r *Record, err error) { t.Error(r.ID(), err) }}
	sent, stay, err := f.Resend(ctx, Selection{}, how)
	if !errors.Is(err, context.Canceled) || stay != 0 || sent < 105 || sent > 110 || left(t, f) != records-sent {
		t.Fatalf("%d sent, %d stay, %d left: %v", sent, stay, left(t, f), err)
	}
	again, _, err := f.Resend(t.Context(), Selection{}, how)
	if err != nil || sent+again != records || left(t, f) != 0 {
		t.Fatalf("%d and %d sent, %d left: %v", sent, again, left(t, f), err)
	}
	// The one that was under way when it was interrupted may be there twice.
	got := strings.Fields(values(t, c, records))
	next := 0
	for _, v := range got {
		switch v {
		case fmt.Sprint(next):
			next++
		case fmt.Sprint(next - 1):
		default:
			t.Fatalf("%s after %d", v, next-1)
		}
	}
}

// Records that can't be sent stay, and keep none of the others back.
func TestRecordsThatStay(t *testing.T) {
	f, _ := world(t, 2)
	path := f.Paths()[0]
	q := quarantine.NewFile(path, 1<<30, slog.New(slog.DiscardHandler))
	for i, r := range []*Record{
		{Output: "kafka.gone", Topic: "t", Offset: 100, Value: []byte("x")},
		{Output: "kafka.events", Topic: "absent", Offset: 101, Value: []byte("x")},
		{Output: "kafka.events", Topic: "t", Generation: 7, Offset: 2, Value: []byte("2"), Partition: 9}, // the topic has but one
	} {
		if err := q.Put(t.Context(), r); err != nil {
			t.Fatal(i, err)
		}
	}
	defer q.Close(context.Background())
	refused := map[int64]string{}
	sent, stay, err := f.Resend(t.Context(), Selection{}, Resend{
		Timeout: 10 * time.Second, Log: slog.New(slog.DiscardHandler),
		Refused: func(r *Record, err error) { refused[r.Offset] = err.Error() },
	})
	if sent != 3 || stay != 2 || err != nil || left(t, f) != 2 {
		t.Fatalf("%d sent, %d stay, %d left: %v", sent, stay, left(t, f), err)
	}
	if !strings.Contains(refused[100], "no output kafka.gone") || !strings.Contains(refused[101], "UNKNOWN_TOPIC_OR_PARTITION") {
		t.Error(refused)
	}
	if n, err := f.Drop(t.Context(), Selection{Topic: "absent"}); n != 1 || err != nil || left(t, f) != 1 {
		t.Errorf("%d dropped, %v", n, err)
	}
}
