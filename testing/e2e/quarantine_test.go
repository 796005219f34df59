package e2e

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// consume reads so many records of a topic.
func consume(ctx context.Context, t *testing.T, brokers []string, topic string, n int) []*kgo.Record {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(brokers...), kgo.ConsumeTopics(topic), kgo.ConsumeStartOffset(kgo.NewOffset().AtStart()))
	must(t, err)
	defer client.Close()
	var all []*kgo.Record
	for len(all) < n {
		fetches := client.PollFetches(ctx)
		must(t, ctx.Err())
		all = append(all, fetches.Records()...)
	}
	return all
}

func header(r *kgo.Record, key string) string {
	for _, h := range r.Headers {
		if h.Key == key {
			return string(h.Value)
		}
	}
	return ""
}

// TestQuarantineTopic has a line that its topic does not take go to the quarantine
// topic, one that this does not take either to the file, and both arrive where they
// were to go when they are sent again after the topic was changed.
func TestQuarantineTopic(t *testing.T) {
	t.Parallel()
	ctx := limit(t, 4*time.Minute)
	c := kafka(t)
	topic, dead := topicName(t), topicName(t)+".dead"
	must(t, c.CreateTopic(ctx, topic, 1, 3, map[string]string{"max.message.bytes": "2000"}))
	must(t, c.CreateTopic(ctx, dead, 1, 3, map[string]string{"max.message.bytes": "20000"}))
	a := newAgent(t, c.Brokers(), topic, config{
		input:  `  key = "k"`,
		kafka:  fmt.Sprintf("  compression = \"none\"\n  quarantine {\n    topic = %q\n  }\n", dead),
		others: fmt.Sprintf("topic %q {\n  partitions = 1\n  max_message_bytes = \"1MiB\"\n}\n", topic),
	})
	large, huge := strings.Repeat("l", 5_000), strings.Repeat("h", 50_000)
	text := "first\n" + large + "\nbetween\n" + huge + "\nlast\n"
	path := filepath.Join(a.logs, "app.log")
	must(t, os.WriteFile(path, []byte(text), 0o644))
	a.start()

	got := consume(ctx, t, c.Brokers(), topic, 3)
	for i, want := range []string{"first", "between", "last"} {
		if string(got[i].Value) != want {
			t.Errorf("record %d is %.20q, want %q", i, got[i].Value, want)
		}
	}
	r := consume(ctx, t, c.Brokers(), dead, 1)[0]
	id := append(bytes.Clone(got[0].Headers[0].Value[:8]), binary.BigEndian.AppendUint64(nil, 6)...) // generation of the first, offset 6
	if string(r.Value) != large || string(r.Key) != "k" || header(r, "id") != string(id) || header(r, "quarantine-topic") != topic ||
		header(r, "quarantine-path") != path || header(r, "quarantine-offset") != "6" || !strings.Contains(header(r, "quarantine-reason"), "more than the output takes") {
		t.Errorf("in quarantine: %d bytes, key %q, headers %q", len(r.Value), r.Key, r.Headers)
	}

	run := func(verb string, args ...string) string {
		t.Helper()
		cmd := a.command(ctx, verb)
		cmd.Args = append(append(cmd.Args[:2:2], args...), cmd.Args[2:]...)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s %q: %v\n%s", verb, args, err, out)
		}
		return string(out)
	}
	a.waitFor(ctx, "both are listed, from topic and file", func() bool { return strings.Contains(run("quarantine", "list"), "2 records, ") })
	run("topics", "apply")
	says(t, run("quarantine", "resend", "--all"), "2 records sent and taken out of quarantine")
	says(t, run("quarantine", "list"), "no records")
	all := consume(ctx, t, c.Brokers(), topic, 5)
	if string(all[4].Value) != large || header(all[4], "id") != string(id) {
		t.Errorf("sent again from the topic: %d bytes, headers %q", len(all[4].Value), all[4].Headers)
	}
	again := all[3]
	wantID := append(bytes.Clone(id[:8]), binary.BigEndian.AppendUint64(nil, uint64(strings.Index(text, huge)))...)
	if string(again.Value) != huge || string(again.Key) != "k" || header(again, "id") != string(wantID) || header(again, "quarantine-topic") != "" {
		t.Errorf("sent again: %d bytes, key %q, headers %q", len(again.Value), again.Key, again.Headers)
	}
	a.stop(40 * time.Second)
	if !again.Timestamp.Before(time.Now().Add(-time.Millisecond)) || again.Timestamp.Before(got[0].Timestamp.Add(-time.Minute)) {
		t.Errorf("its time is %v", again.Timestamp)
	}
}
