package metrics

import (
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"shipper/agent/status"
)

var update = flag.Bool("update", false, "write the reference anew")

var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

func scrape(t *testing.T, s *status.Snapshot) string {
	t.Helper()
	w := httptest.NewRecorder()
	Handler(func() status.Snapshot { return *s }).ServeHTTP(w, httptest.NewRequest(http.MethodGet, Path, nil))
	body, err := io.ReadAll(w.Body)
	if err != nil || w.Code != 200 {
		t.Fatalf("%d %v: %s", w.Code, err, body)
	}
	return string(body)
}

// series are the lines that are no comments.
func series(text string) (lines []string) {
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "#") {
			lines = append(lines, strings.TrimSpace(line))
		}
	}
	return lines
}

func TestValues(t *testing.T) {
	seconds := 5400.0
	got := scrape(t, &status.Snapshot{
		Time: noon, Agent: status.Agent{Version: "1.2.3", ConfigError: "a mistake"},
		State: status.State{Error: "full"},
		Routes: []status.Route{
			{
				Name: "a", Input: "app", Output: "kafka.events", State: status.RouteStalled, LagBytes: 7, OldestUnread: noon.Add(-time.Minute),
				DeliveredRecords: 1, DeliveredBytes: 2, PossibleDuplicates: 3, UnprovableBytes: 4, QuarantinedRecords: 5, RetimedRecords: 6,
				Runway: &status.Runway{Seconds: &seconds}, AuditsWaiting: 9, Shards: []status.Shard{{State: status.ShardWaiting}, {State: status.ShardWaiting}},
			},
			{Name: "b", Input: "app", Output: "file.copy", State: status.RouteIdle},
		},
		Outputs: []status.Output{{Name: "kafka.events", Peers: []status.Peer{{Name: "k1:9092", Healthy: true}, {Name: "k\xff2:9092"}}, Failover: &status.Failover{
			AsideBytes: 21, AsideObjects: 22, DivertedBytes: 23, DivertedRecords: 24, DivertedObjects: 25, ReturnedObjects: 26,
			Shards: []status.FailoverShard{{State: "diverting"}, {State: "diverting"}, {State: "returning"}},
		}}},
		Inputs: []status.Input{{Label: "app", Counters: map[string]int64{"bytes_lost": 8, "late": 10}, Deleted: &status.Deleted{Bytes: 11, Files: 12}}},
		Files:  []status.File{{Input: "app", State: "live"}, {Input: "app", State: "failed"}, {Input: "app", State: "live"}},
	})
	have := map[string]bool{}
	for _, s := range series(got) {
		have[s] = true
	}
	for _, want := range []string{
		`shipper_config_invalid 1`,
		`shipper_state_healthy 0`,
		`shipper_route_state{input="app",output="kafka.events",state="stalled"} 1`,
		`shipper_route_state{input="app",output="kafka.events",state="idle"} 0`,
		`shipper_route_lag_bytes{input="app",output="kafka.events"} 7`,
		`shipper_route_lag_seconds{input="app",output="kafka.events"} 60`,
		`shipper_route_lag_seconds{input="app",output="file.copy"} 0`,
		`shipper_route_runway_seconds{input="app",output="kafka.events"} 5400`,
		`shipper_route_runway_seconds{input="app",output="file.copy"} +Inf`,
		`shipper_route_runway_if_stopped_seconds{input="app",output="kafka.events"} +Inf`,
		`shipper_route_delivered_records_total{input="app",output="kafka.events"} 1`,
		`shipper_route_delivered_bytes_total{input="app",output="kafka.events"} 2`,
		`shipper_route_possible_duplicates_total{input="app",output="kafka.events"} 3`,
		`shipper_route_unprovable_bytes_total{input="app",output="kafka.events"} 4`,
		`shipper_route_quarantined_records_total{input="app",output="kafka.events"} 5`,
		`shipper_route_retimed_records_total{input="app",output="kafka.events"} 6`,
		`shipper_route_shards{input="app",output="kafka.events",state="waiting"} 2`,
		`shipper_output_healthy{output="kafka.events"} 0`,
		`shipper_output_peer_healthy{output="kafka.events",peer="k1:9092"} 1`,
		"shipper_output_peer_healthy{output=\"kafka.events\",peer=\"k\ufffd2:9092\"} 0",
		`shipper_output_audits_waiting{output="kafka.events"} 9`,
		`shipper_failover_partitions{output="kafka.events",state="diverting"} 2`,
		`shipper_failover_partitions{output="kafka.events",state="stalled"} 0`,
		`shipper_failover_aside_bytes{output="kafka.events"} 21`,
		`shipper_failover_aside_objects{output="kafka.events"} 22`,
		`shipper_failover_diverted_bytes_total{output="kafka.events"} 23`,
		`shipper_failover_diverted_records_total{output="kafka.events"} 24`,
		`shipper_failover_diverted_objects_total{output="kafka.events"} 25`,
		`shipper_failover_returned_objects_total{output="kafka.events"} 26`,
		`shipper_input_files{input="app",state="live"} 2`,
		`shipper_input_files{input="app",state="failed"} 1`,
		`shipper_input_deleted_held_bytes{input="app"} 11`,
		`shipper_input_deleted_held_files{input="app"} 12`,
		`shipper_input_unshipped_bytes_total{input="app",reason="bytes_lost"} 8`,
		`shipper_input_events_total{input="app",reason="late"} 10`,
	} {
		if !have[want] {
			t.Errorf("there is no %s", want)
		}
	}
	if t.Failed() {
		t.Log(got)
	}
}

// TestSeriesAreBounded: an agent with 10,000 files has as many series as one with
// none, and not more than 300 with three inputs and three brokers.
func TestSeriesAreBounded(t *testing.T) {
	s := &status.Snapshot{Outputs: []status.Output{{
		Name: "kafka.events", Peers: []status.Peer{{Name: "k1:9092"}, {Name: "k2:9092"}, {Name: "k3:9092"}},
	}}}
	for i := range 3 {
		label := fmt.Sprint("input", i)
		s.Inputs = append(s.Inputs, status.Input{Label: label})
		s.Routes = append(s.Routes, status.Route{Name: label, Input: label, Output: "kafka.events"})
	}
	few := len(series(scrape(t, s)))
	for i := range 10_000 {
		label := s.Inputs[i%3].Label
		s.Files = append(s.Files, status.File{
			Path: fmt.Sprintf("/var/log/%d.log", i), Input: label, State: "live", Stream: fmt.Sprint(i),
			Routes: []status.FileRoute{{Route: label, LagBytes: int64(i)}},
		})
		r := &s.Routes[i%3]
		r.Shards = append(r.Shards, status.Shard{Topic: "events", Partition: int32(i), State: status.ShardIdle})
	}
	many := len(series(scrape(t, s)))
	t.Logf("%d series with 10,000 files, %d with none", many, few)
	if many != few || many > 300 {
		t.Errorf("%d series with 10,000 files, %d with none; at most 300 are wanted", many, few)
	}
}

// TestNames holds the conventions of Prometheus.
func TestNames(t *testing.T) {
	for _, m := range table {
		if !strings.HasPrefix(m.name, "shipper_") || strings.HasSuffix(m.name, "_total") != (m.kind == counter) || !strings.HasSuffix(m.help, ".") {
			t.Errorf("%s, a %s: %s", m.name, m.kind, m.help)
		}
	}
}

func TestReference(t *testing.T) {
	const path = "../../../packaging/docs/metrics.md"
	if *update {
		if err := os.WriteFile(path, []byte(Reference()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(page) != Reference() {
		t.Errorf("%s is not of this table: go test ./agent/status/metrics -update writes it anew", path)
	}
}
