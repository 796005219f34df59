package status

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

var update = flag.Bool("update", false, "write the golden files anew")

var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

// example is a snapshot in which every field is set.
func example() *Snapshot {
	ago := func(d time.Duration) time.Time { return noon.Add(-d) }
	const route = "rails → kafka.events"
	return &Snapshot{
		Version: Version, Time: noon,
		Agent: Agent{
			ID: "agent-1", Host: "web-1", PID: 4711, StartedAt: ago(26 * time.Hour), Version: "1.2.3",
			ConfigFiles: []string{"/etc/shipper/shipper.hcl", "/etc/shipper/conf.d/rails.hcl"},
		},
		State: State{Dir: "/var/lib/shipper", Healthy: true},
		Routes: []Route{{
			Name: route, Input: "rails", Output: "kafka.events", State: RouteStalled, Files: 3,
			LagBytes: 5<<20 + 100, OldestUnread: ago(192 * time.Second),
			DeliveredRecords: 1234567, DeliveredBytes: 8 << 30, PossibleDuplicates: 12, UnprovableBytes: 34, QuarantinedRecords: 5,
			LastError:   "write to topic events: broker k2:9092: dial tcp 10.0.0.2:9092: connect: connection refused",
			LastErrorAt: ago(3 * time.Second),
			Shards: []Shard{
				{Topic: "events", Partition: 0, State: ShardReady},
				{Topic: "events", Partition: 3, State: ShardUnresolved, Attempts: 4, RetryAt: noon.Add(2 * time.Second), LastError: "the answer was lost"},
			},
		}},
		Outputs: []Output{{
			Name: "kafka.events", Since: ago(5 * time.Minute), LastError: "no broker answers",
			Peers: []Peer{{Name: "k1:9092", Healthy: true}, {Name: "k2:9092", LastError: "connection refused"}},
		}},
		Inputs: []Input{{
			Label: "rails", Files: 4, Counters: map[string]int64{"rotations": 7, "truncations": 1},
			LastError: `directory "/var/log/rails/new": permission denied`,
		}},
		Files: []File{
			{
				Path: "/var/log/rails/shop/events.1.log", Input: "rails", Stream: "/var/log/rails/shop/events.log",
				Generation: "00c0ffee00c0ffee", Size: 1 << 20, Modified: ago(time.Hour), State: "rotated",
				Routes: []FileRoute{{Route: route, Offset: 1<<20 - 100, LagBytes: 100, LagSeconds: 7.5}},
			}, {
				Path: "/var/log/rails/a-service-with-a-long-name/events.log", Input: "rails", Stream: "/var/log/rails/a-service-with-a-long-name/events.log",
				Generation: "00c0ffee00c0ffef", Size: 10 << 20, Modified: ago(time.Second), State: "live",
				Routes: []FileRoute{{Route: route, Offset: 5 << 20, LagBytes: 5 << 20, LagSeconds: 192, LastError: "read: input/output error"}},
			}, {
				Path: "/var/log/rails/\x1b[2J\u202egol.log\xff", Input: "rails", Stream: "s", State: "live", Size: 7,
				Generation: "00c0ffee00c0fff0", Modified: ago(time.Minute),
				Routes: []FileRoute{{Route: route, Offset: 7}},
			}, {
				Path: "/var/log/rails/secret\n.log", Input: "rails", Stream: "s", State: "failed",
				LastError: "open: permission denied", Routes: []FileRoute{},
			},
		},
	}
}

func text(t *testing.T, s *Snapshot, o TextOptions) string {
	t.Helper()
	var b bytes.Buffer
	if err := WriteText(&b, s, o); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(b.String()) {
		line = strings.TrimSuffix(line, "\n")
		if n := utf8.RuneCountInString(line); n > 80 {
			t.Errorf("%d columns: %s", n, line)
		}
		if Printable(line) != line {
			t.Errorf("a terminal would obey this: %q", line)
		}
	}
	return b.String()
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("not as in %s (go test ./agent/status -update writes it anew):\n%s", path, got)
	}
}

func TestText(t *testing.T) { golden(t, "status.txt", text(t, example(), TextOptions{})) }

// TestJSONForm holds the names that programs rely on.
func TestJSONForm(t *testing.T) {
	got, err := json.MarshalIndent(example(), "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "status.json", string(got)+"\n")
}

func TestTextOfManyFiles(t *testing.T) {
	s := &Snapshot{Time: noon, State: State{Healthy: true}, Routes: []Route{{Name: "r", State: RouteShipping}}}
	for i := range 50 {
		s.Files = append(s.Files,
			File{Path: fmt.Sprintf("/log/%02d", i), State: "live", Routes: []FileRoute{{Route: "r", LagBytes: int64(i)}}},
			File{Path: fmt.Sprintf("/broken/%02d", i), State: "failed", LastError: "why"})
	}
	few := text(t, s, TextOptions{})
	if strings.Count(few, "/log/") != 20 || strings.Count(few, "/broken/") != 20 ||
		!strings.Contains(few, "and 30 files more, 435 B behind") {
		t.Errorf("few:\n%s", few)
	}
	if first, last := strings.Index(few, "/log/49"), strings.Index(few, "/log/30"); first < 0 || last < first {
		t.Errorf("not sorted by lag:\n%s", few)
	}
	all := text(t, s, TextOptions{All: true})
	if strings.Count(all, "/log/") != 50 || strings.Count(all, "/broken/") != 50 || strings.Contains(all, "more") {
		t.Errorf("all:\n%s", all)
	}
}

func TestTextOfNothing(t *testing.T) {
	got := text(t, &Snapshot{Time: noon, State: State{Error: "read-only file system"}}, TextOptions{})
	if !strings.Contains(got, "NOT READY: state: read-only file system") {
		t.Error(got)
	}
}

// TestTextSaysErrorsOnce: what is the route's trouble is that of all its files.
func TestTextSaysErrorsOnce(t *testing.T) {
	s := &Snapshot{Time: noon, State: State{Healthy: true}, Routes: []Route{{Name: "r", LastError: "no broker"}}}
	for range 3 {
		s.Files = append(s.Files, File{Path: "/l", Routes: []FileRoute{{Route: "r", LagBytes: 1, LastError: "no broker"}}})
	}
	if got := text(t, s, TextOptions{}); strings.Count(got, "no broker") != 1 {
		t.Error(got)
	}
}

type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }

func TestTextToBrokenPipe(t *testing.T) {
	if err := WriteText(brokenPipe{}, example(), TextOptions{}); err == nil {
		t.Error("no error")
	}
}

func TestPrintable(t *testing.T) {
	for in, want := range map[string]string{
		"":                  "",
		"/var/log/a b.log":  "/var/log/a b.log",
		"/var/log/größe 日誌": "/var/log/größe 日誌",
		"\ufffd":            "\ufffd",
		"a\nb":              `"a\nb"`,
		"\x1b[31m":          `"\x1b[31m"`,
		"a\u202eb":          `"a\u202eb"`,
		"\xff":              `"\xff"`,
		"\u009b2J":          `"\u009b2J"`,
	} {
		if got := Printable(in); got != want {
			t.Errorf("Printable(%q) = %s, want %s", in, got, want)
		}
	}
}

func TestDuration(t *testing.T) {
	for d, want := range map[time.Duration]string{
		-time.Second: "0s", 0: "0s", 59 * time.Second: "59s", 65 * time.Second: "1m05s", 11 * time.Minute: "11m",
		100 * time.Minute: "1h40m", 25 * time.Hour: "25h", 72 * time.Hour: "3d", 9999 * 24 * time.Hour: "9999d",
	} {
		if got := Duration(d); got != want || len(got) > 5 {
			t.Errorf("Duration(%v) = %q, want %q", d, got, want)
		}
	}
}
