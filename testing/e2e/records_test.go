package e2e

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"shipper/agent/status"
	"shipper/checkpoint"
	"shipper/testing/cluster"
	"shipper/testing/workload"
)

// readTopic waits until the topic holds n records, and returns all it holds,
// those of a partition in order.
func readTopic(ctx context.Context, t *testing.T, a *agent, c *cluster.Cluster, topic string, n int) []*kgo.Record {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(c.Brokers()...), kgo.ConsumeTopics(topic),
		kgo.ConsumeStartOffset(kgo.NewOffset().AtStart()))
	must(t, err)
	defer client.Close()
	var all []*kgo.Record
	poll := func(d time.Duration) {
		soon, cancel := context.WithTimeout(ctx, d)
		defer cancel()
		all = append(all, client.PollFetches(soon).Records()...)
	}
	a.waitFor(ctx, fmt.Sprintf("topic %s holds %d records", topic, n), func() bool {
		poll(time.Second)
		return len(all) >= n
	})
	poll(time.Second) // there must be no more
	return all
}

// appendTo writes text to the end of a file.
func appendTo(t *testing.T, path string, text []byte) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o644)
	must(t, err)
	_, err = f.Write(text)
	must(t, err)
	must(t, f.Close())
}

// noise is n random letters, which no codec makes much smaller.
func noise(r *rand.Rand, n int) []byte {
	raw := make([]byte, n)
	for i := range raw {
		raw[i] = byte(r.Uint32())
	}
	return []byte(base64.StdEncoding.EncodeToString(raw))[:n]
}

// TestMessageTooLarge has one line among many that is larger than its topic
// takes: it goes to quarantine, its neighbours to Kafka.
func TestMessageTooLarge(t *testing.T) {
	t.Parallel()
	ctx := limit(t, 3*time.Minute)
	r := random(t)
	c := kafka(t)
	topic := topicName(t)
	must(t, c.CreateTopic(ctx, topic, 1, 3, map[string]string{"max.message.bytes": "20000"}))
	a := newAgent(t, c.Brokers(), topic, config{})
	cfg := workload.Config{Dir: a.logs, Source: "app", Seed: r.Uint64()}
	w, err := workload.Open(cfg)
	must(t, err)
	must(t, w.WriteLines(5000))
	before := w.Progress().Bytes
	large := noise(r, 100<<10)
	appendTo(t, cfg.LogPath(), append(large, '\n'))
	must(t, w.WriteLines(5000))
	j, err := w.Close()
	must(t, err)
	a.start()
	begun := time.Now()
	newTally(t, c, topic, []workload.Journal{j}).wait(ctx, a)
	took := time.Since(begun)
	var route status.Route
	a.waitFor(ctx, "status shows the record in quarantine", func() bool {
		s, err := a.status(ctx)
		if err != nil || len(s.Routes) != 1 {
			return false
		}
		route = s.Routes[0]
		return route.QuarantinedRecords > 0 && route.LagBytes == 0
	})
	if route.QuarantinedRecords != 1 {
		t.Errorf("status shows %d records in quarantine", route.QuarantinedRecords)
	}
	a.warnedOnce("put into quarantine", cfg.LogPath(), topic, "MESSAGE_TOO_LARGE")
	result := deliver(ctx, t, a, c, topic, []workload.Journal{j})
	t.Logf("delivered within %v: %s; status: quarantined %d, possible duplicates %d",
		took.Round(time.Millisecond), result.String(), route.QuarantinedRecords, route.PossibleDuplicates)
	if result.Duplicated > 0 || route.PossibleDuplicates > 0 {
		t.Errorf("%d lines are duplicated, %d perhaps", result.Duplicated, route.PossibleDuplicates)
	}
	data, err := os.ReadFile(filepath.Join(a.stateDir(), "quarantine.jsonl"))
	must(t, err)
	var q struct {
		Path   string
		Topic  string
		Offset int64
		Reason string
		Value  []byte
	}
	if n := bytes.Count(data, []byte("\n")); n != 1 {
		t.Fatalf("%d records are in quarantine", n)
	}
	must(t, json.Unmarshal(data, &q))
	if q.Path != cfg.LogPath() || q.Topic != topic || q.Offset != before || !bytes.Equal(q.Value, large) || q.Reason == "" {
		t.Errorf("in quarantine is %s at %d for %s because %q, want %s at %d; the same bytes: %v",
			q.Path, q.Offset, q.Topic, q.Reason, cfg.LogPath(), before, bytes.Equal(q.Value, large))
	}
}

// TestCodecs ships one log through every codec at once. The brokers look into
// each batch before they append it.
func TestCodecs(t *testing.T) {
	t.Parallel()
	ctx := limit(t, 3*time.Minute)
	r := random(t)
	c := kafka(t)
	a := newAgent(t, c.Brokers(), "codec.unused", config{})
	logs := t.TempDir()
	codecs := []string{"none", "lz4", "snappy", "zstd"}
	var others string
	for _, codec := range codecs {
		must(t, c.CreateTopic(ctx, "codec."+codec, 2, 3, nil))
		others += anotherInput(codec, logs, "codec."+codec, "") + fmt.Sprintf(`
output "kafka" %q {
  brokers     = %s
  compression = %q
}
`, codec, quoted(c.Brokers()), codec)
		others = strings.Replace(others, "output.kafka.main", "output.kafka."+codec, 1)
	}
	a.amend("\n\n\n", "\n"+others)
	journals := []workload.Journal{
		write(t, workload.Config{Dir: logs, Source: "one", Seed: r.Uint64(), Bytes: 8 << 20, RotateSize: 1 << 20}),
		write(t, workload.Config{Dir: logs, Source: "two", Seed: r.Uint64(), Bytes: 2 << 20, MeanLine: 3000, MaxLine: 60_000}),
	}
	a.start()
	for _, codec := range codecs {
		found := newTally(t, c, "codec."+codec, journals)
		found.wait(ctx, a)
		result := found.judge(ctx)
		t.Logf("%s: %d lines", codec, result.Delivered)
		if result.Duplicated > 0 || result.Delivered < 40_000 {
			t.Errorf("%s: %s", codec, result.String())
		}
	}
	a.stop(40 * time.Second)
}

// TestJSONFormat ships lines that JSON must escape or can't hold.
func TestJSONFormat(t *testing.T) {
	t.Parallel()
	ctx := limit(t, 3*time.Minute)
	c := kafka(t)
	topic := newTopic(ctx, t, c, 1)
	a := newAgent(t, c.Brokers(), topic, config{
		input: `  match = "/(?P<app>[a-z]+)[.]log$"`,
		kafka: `  format = "json"`,
	})
	lines := []string{
		"plain", "", `quotes " and \ backslashes`, "tab\tand\x01control\x7f", "Grüße, 世界 \U0001F600 \u2028", "<&>",
		"not UTF-8: \xff\xfe", "carriage return\r",
	}
	path := filepath.Join(a.logs, "shop.log")
	appendTo(t, path, []byte(strings.Join(lines, "\n")+"\n"))
	a.start()
	records := readTopic(ctx, t, a, c, topic, len(lines))
	if len(records) != len(lines) {
		t.Fatalf("%d records of %d lines", len(records), len(lines))
	}
	host, err := os.Hostname()
	must(t, err)
	for i, r := range records {
		var v struct {
			Line       *string
			LineBase64 []byte `json:"line_base64"`
			Host, Path string
			Captures   map[string]string
			Time       time.Time
		}
		if err := json.Unmarshal(r.Value, &v); err != nil {
			t.Errorf("%q: %v", r.Value, err)
			continue
		}
		line := string(v.LineBase64)
		if v.Line != nil {
			line = *v.Line
		}
		if line != lines[i] {
			t.Errorf("line %q became %q", lines[i], r.Value)
		}
		if v.Host != host || v.Path != path || v.Captures["app"] != "shop" || time.Since(v.Time).Abs() > time.Minute {
			t.Errorf("%q: want host %s, path %s, app shop, now", r.Value, host, path)
		}
		if !v.Time.Equal(r.Timestamp) {
			t.Errorf("time %v in a record of %v", v.Time, r.Timestamp)
		}
	}
	a.stop(40 * time.Second)
}

// TestPiecesAndHeaders looks at what is beside the value of a record, and at a
// line that is too long and one that is not finished.
func TestPiecesAndHeaders(t *testing.T) {
	t.Parallel()
	ctx := limit(t, 3*time.Minute)
	r := random(t)
	c := kafka(t)
	topic := newTopic(ctx, t, c, 1)
	const maxLine = 1 << 10
	a := newAgent(t, c.Brokers(), topic, config{input: `
  match    = "/(?P<app>[a-z]+)[.]log$"
  headers  = { app = match.app, origin = host }
  key      = match.app
  max_line = "1KiB"
`})
	host, err := os.Hostname()
	must(t, err)
	long := string(noise(r, 2500))
	lines := []string{"first", "", long, "Grüße \xff", "carriage return\r"}
	path := filepath.Join(a.logs, "shop.log")
	appendTo(t, path, []byte(strings.Join(lines, "\n")+"\nunfin"))
	type want struct {
		value, split string
		offset       int
	}
	at := func(i int) int { return len(strings.Join(lines[:i], "\n")) + min(i, 1) }
	wants := []want{
		{lines[0], "", at(0)},
		{lines[1], "", at(1)},
		{long[:maxLine], "first", at(2)},
		{long[maxLine : 2*maxLine], "middle", at(2) + maxLine},
		{long[2*maxLine:], "last", at(2) + 2*maxLine},
		{lines[3], "", at(3)},
		{lines[4], "", at(4)},
	}
	a.start()
	if n := len(readTopic(ctx, t, a, c, topic, len(wants))); n != len(wants) {
		t.Errorf("%d records, want %d", n, len(wants))
	}
	appendTo(t, path, []byte("ished\n"))
	wants = append(wants, want{"unfinished", "", at(5)})
	records := readTopic(ctx, t, a, c, topic, len(wants))
	if len(records) != len(wants) {
		t.Fatalf("%d records, want %d", len(records), len(wants))
	}
	var generation []byte
	for i, r := range records {
		headers := make(map[string][]byte)
		for _, h := range r.Headers {
			headers[h.Key] = h.Value
		}
		w := wants[i]
		if string(r.Value) != w.value || string(headers["split"]) != w.split {
			t.Errorf("record %d is %q (split %q), want %q (%q)", i, r.Value, headers["split"], w.value, w.split)
		}
		id := headers["id"]
		if len(id) != 16 || binary.BigEndian.Uint64(id[8:]) != uint64(w.offset) {
			t.Errorf("record %d has id %x, want offset %d in it", i, id, w.offset)
			continue
		}
		if generation == nil {
			generation = id[:8]
		}
		if !bytes.Equal(id[:8], generation) || string(headers["app"]) != "shop" || string(headers["origin"]) != host || string(r.Key) != "shop" {
			t.Errorf("record %d: id %x, key %q, headers %q", i, id, r.Key, headers)
		}
	}
	a.stop(40 * time.Second)
}

// TestIncludeAndExclude leaves lines out, as the input says.
func TestIncludeAndExclude(t *testing.T) {
	t.Parallel()
	ctx := limit(t, 3*time.Minute)
	c := kafka(t)
	topic := newTopic(ctx, t, c, 1)
	a := newAgent(t, c.Brokers(), topic, config{input: `
  include = ["^keep ", "^also "]
  exclude = ["secret"]
`})
	var text strings.Builder
	var want []string
	for i := range 10_000 {
		fmt.Fprintf(&text, "keep %d\ndrop %d\nkeep secret %d\nalso %d\n\n", i, i, i, i)
		want = append(want, fmt.Sprintf("keep %d", i), fmt.Sprintf("also %d", i))
	}
	path := filepath.Join(a.logs, "app.log")
	appendTo(t, path, []byte(text.String()))
	a.start()
	records := readTopic(ctx, t, a, c, topic, len(want))
	if len(records) != len(want) {
		t.Fatalf("%d records, want %d", len(records), len(want))
	}
	for i, r := range records {
		if string(r.Value) != want[i] {
			t.Fatalf("record %d is %q, want %q", i, r.Value, want[i])
		}
	}
	n := int64(0) // a consumer may have them before the agent has the answer
	a.waitFor(ctx, "status counts what was left out", func() bool {
		s, err := a.status(ctx)
		if err == nil {
			n = s.Inputs[0].Counters["filtered"]
		}
		return n >= 30_000
	})
	if n != 30_000 {
		t.Errorf("status counts %d records that were left out, want 30000", n)
	}
	a.stop(40 * time.Second)
	if state, err := checkpoint.Read(a.stateDir()); err != nil || acknowledged(state) != int64(text.Len()) {
		t.Errorf("%d of %d bytes are done: %v", acknowledged(state), text.Len(), err)
	}
}
