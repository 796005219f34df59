package broker

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// TestAwayKeepsRecords takes the brokers away between two records. The first
// one is kept, the second can't be delivered until they are back.
func TestAwayKeepsRecords(t *testing.T) {
	in, tell := io.Pipe()
	out, say := io.Pipe()
	ended := make(chan error, 1)
	go func() { ended <- Run(in, say) }()
	answers := bufio.NewScanner(out)
	next := func() string {
		t.Helper()
		if !answers.Scan() {
			t.Fatal("no answer")
		}
		return answers.Text()
	}
	addresses := strings.Split(next(), ",")
	if len(addresses) != 3 {
		t.Fatalf("brokers %q, want three", addresses)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	cl, err := kgo.NewClient(kgo.SeedBrokers(addresses...), kgo.DefaultProduceTopic("t"),
		kgo.MetadataMinAge(50*time.Millisecond), kgo.ConsumeTopics("t"))
	if err != nil {
		t.Fatal(err)
	}
	defer cl.Close()
	create := kmsg.NewPtrCreateTopicsRequest()
	topic := kmsg.NewCreateTopicsRequestTopic()
	topic.Topic, topic.NumPartitions, topic.ReplicationFactor = "t", 1, 3
	create.Topics = append(create.Topics, topic)
	if _, err := create.RequestWith(ctx, cl); err != nil {
		t.Fatal(err)
	}
	if err := cl.ProduceSync(ctx, kgo.StringRecord("before")).FirstErr(); err != nil {
		t.Fatal(err)
	}

	fmt.Fprintln(tell, "away")
	next()
	short, cancelShort := context.WithTimeout(ctx, 300*time.Millisecond)
	defer cancelShort()
	if err := cl.Ping(short); err == nil {
		t.Error("a broker answers while all are away")
	}
	fmt.Fprintln(tell, "back")
	if got := next(); got != "ok" {
		t.Fatalf("back: %q", got)
	}

	if err := cl.ProduceSync(ctx, kgo.StringRecord("after")).FirstErr(); err != nil {
		t.Fatal(err)
	}
	var got []string
	for len(got) < 2 && ctx.Err() == nil {
		cl.PollFetches(ctx).EachRecord(func(r *kgo.Record) { got = append(got, string(r.Value)) })
	}
	if s := strings.Join(got, " "); !strings.Contains(s, "before") || !strings.Contains(s, "after") {
		t.Errorf("read back %q, want both records", got)
	}
	tell.Close()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
