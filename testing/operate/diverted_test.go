package operate

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"shipper/agent/status"
	"shipper/testing/store"
)

// divertedTo is an output whose lines go to a bucket while it takes none.
const divertedTo = `
input "logfile" "orders" {
  paths  = ["%s/*.log"]
  output = output.kafka.main
  topic  = "orders"
}
output "kafka" "main" {
  brokers             = [%q]
  replication_factor  = 1
  min_insync_replicas = 1
  attempt_timeout     = "3s"
  failover {
    output       = output.s3.backup
    after        = "1s"
    return_after = "0s"
  }
}
output "s3" "backup" {
  bucket     = "backup"
  endpoint   = %q
  path_style = true
  max_age    = "1s"
}
`

// sample is the status that the run-book shows.
var sample = regexp.MustCompile("(?s)```text\n(.*?)```")

// varies is what differs from one agent to the next.
var varies = regexp.MustCompile(`\b(\d+m)?\d+[ms]\b|127\.0\.0\.1:\d+`)

// isAsTheRunBookSays holds what the run-book shows of a diverted agent against this one.
func (l *live) isAsTheRunBookSays() {
	l.t.Helper()
	page, err := os.ReadFile("../../packaging/docs/failover.md")
	if err != nil {
		l.t.Fatal(err)
	}
	shown := sample.FindSubmatch(page)
	var s status.Snapshot
	if err := json.Unmarshal([]byte(l.get("/status.json")), &s); err != nil {
		l.t.Fatal(err)
	}
	var said strings.Builder
	if err := status.WriteText(&said, &s, status.TextOptions{}); err != nil {
		l.t.Fatal(err)
	}
	plain := func(text string) string {
		return strings.Join(strings.Fields(varies.ReplaceAllString(text, "*")), " ")
	}
	if shown == nil {
		l.t.Fatal("the run-book shows no status")
	}
	for part := range strings.SplitSeq(string(shown[1]), "\n\n") {
		if !strings.Contains(plain(said.String()), plain(part)) {
			l.t.Errorf("the run-book shows\n%s\nand the agent says\n%s", part, said.String())
		}
	}
}

// TestPageOfDivertedAgent: Kafka refuses every batch until the lines are in the
// bucket, and takes them again: the page says where each partition stands, since when
// and why.
func TestPageOfDivertedAgent(t *testing.T) {
	t.Setenv("AWS_ACCESS_KEY_ID", store.AccessKey)
	t.Setenv("AWS_SECRET_ACCESS_KEY", store.SecretKey)
	s, err := store.Start(t.Context(), "../..", t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Stop() })
	if err := s.MakeBucket("backup"); err != nil {
		t.Fatal(err)
	}
	c, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, "orders"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	var away atomic.Bool
	away.Store(true)
	c.ControlKey(int16(kmsg.Produce), func(kmsg.Request) (kmsg.Response, error, bool) {
		c.KeepControl()
		if away.Load() {
			return nil, errors.New("away"), true // the connection is closed
		}
		return nil, nil, false
	})
	logs := t.TempDir()
	if err := os.WriteFile(filepath.Join(logs, "shop.log"), []byte(strings.Repeat("an order\n", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	l := start(t, fmt.Sprintf(divertedTo, logs, c.ListenAddrs()[0], s.Endpoint))
	b := open(t, l, 1200, false)
	b.shows("#output-rows", "failover to s3.backup: 8.8 KiB aside, 1 objects diverted, 0 returned")
	b.shows("#output-rows", "diverting")
	if row := b.text("#output-rows"); !strings.Contains(row, " orders/0 for ") {
		t.Errorf("the page does not say which partition is diverted and since when: %q", row)
	}
	b.shows("#route-rows", "orders → kafka.main")
	b.shows("#verdict", "a route is stalled")
	b.keep("diverted")
	phone := open(t, l, 390, true)
	phone.shows("#output-rows", "diverting")
	phone.keep("diverted-phone")
	if wide := phone.value("document.documentElement.scrollWidth"); wide != "390" {
		t.Errorf("the page is %s wide on a phone of 390", wide)
	}
	l.isAsTheRunBookSays()
	away.Store(false)
	b.shows("#output-rows", "healthy, 0 B aside, 1 objects diverted, 1 returned")
	b.shows("#verdict", "all is well")
}
