package model

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode"

	"shipper/agent/columns"
	"shipper/agent/status"
	"shipper/agent/top/keys"
)

var update = flag.Bool("update", false, "write the golden files anew")

var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

// example is an agent in all kinds of trouble.
func example() *status.Snapshot {
	before := func(d time.Duration) time.Time { return noon.Add(-d) }
	runway, stopped := (5*time.Hour + 12*time.Minute).Seconds(), (9 * time.Hour).Seconds()
	const rails, web = "rails → kafka.events", "web → file.copy"
	files := []status.File{
		{
			Path: "/var/log/rails/shop/events.1.log", Input: "rails", Generation: "01", Size: 1 << 20, State: "rotated",
			Routes: []status.FileRoute{{Route: rails, Offset: 1<<20 - 100, LagBytes: 100, LagSeconds: 400}},
		}, {
			Path: "/var/log/rails/a-service-with-a-long-name/events.log", Input: "rails", Generation: "02", Size: 10 << 20, State: "live",
			Routes: []status.FileRoute{{Route: rails, Offset: 5 << 20, LagBytes: 5 << 20, LagSeconds: 192, LastError: "read: input/output error"}},
		}, {
			Path: "/var/log/rails/\x1b[2J\u202egol.log", Input: "rails", Generation: "03", Size: 7, State: "live",
			Routes: []status.FileRoute{{Route: rails, Offset: 7}},
		}, {
			Path: "/var/log/rails/注文のログ/events.log", Input: "rails", Generation: "04", Size: 200, State: "live", Ended: "complete",
			Routes: []status.FileRoute{{Route: rails, Offset: 200}},
		}, {
			Path: "/var/log/rails/secret.log", Input: "rails", State: "failed", LastError: "open: permission denied",
		},
	}
	for i := range 15 {
		files = append(files, status.File{
			Path: fmt.Sprintf("/var/log/web/%02d.log", i), Input: "web", Generation: fmt.Sprint(i), Size: 1000, State: "live",
			Routes: []status.FileRoute{{Route: web, Offset: 1000 - int64(i), LagBytes: int64(i), LagSeconds: float64(i)}},
		})
	}
	return &status.Snapshot{
		Version: status.Version, Time: noon,
		Agent: status.Agent{ID: "agent-1", Host: "web-1", PID: 4711, StartedAt: before(26 * time.Hour), Version: "1.2.3"},
		State: status.State{Dir: "/var/lib/shipper", Healthy: true},
		Routes: []status.Route{{
			Name: rails, Input: "rails", Output: "kafka.events", State: status.RouteStalled, Files: 4,
			LagBytes: 5<<20 + 100, OldestUnread: before(400 * time.Second),
			DeliveredRecords: 1234567, DeliveredBytes: 8 << 30, PossibleDuplicates: 12, QuarantinedRecords: 5,
			Runway:    &status.Runway{Seconds: &runway, Text: "in 5h12m rotation deletes unshipped lines of /var/log/rails/shop/events.log"},
			LastError: "write to topic events: broker k2:9092: connection refused", LastErrorAt: before(3 * time.Second),
			Shards: []status.Shard{
				{Topic: "events", Partition: 0, State: status.ShardReady},
				{Topic: "events", Partition: 1, State: status.ShardSending},
				{Topic: "events", Partition: 3, State: status.ShardUnresolved, Attempts: 4, RetryAt: noon.Add(2 * time.Second), LastError: "the answer was lost"},
			},
		}, {
			Name: web, Input: "web", Output: "file.copy", State: status.RouteShipping, Files: 15,
			LagBytes: 105, OldestUnread: before(14 * time.Second), DeliveredRecords: 90, DeliveredBytes: 1500,
			Runway: &status.Runway{IfStoppedSeconds: &stopped}, Shards: []status.Shard{{State: status.ShardIdle}},
		}},
		Outputs: []status.Output{{
			Name: "kafka.events", Since: before(5 * time.Minute), LastError: "no broker answers", Cluster: "abc", Lanes: 8,
			Peers: []status.Peer{{Name: "k1:9092", Healthy: true}, {Name: "k2:9092", LastError: "connection refused"}},
			Failover: &status.Failover{
				To: "s3.backup", AsideBytes: 5 << 20, AsideObjects: 3, DivertedObjects: 4, ReturnedObjects: 1,
				Edges:  map[string]int64{"healthy → stalled": 2, "stalled → diverting": 1},
				Shards: []status.FailoverShard{{Topic: "events", Partition: 3, State: "diverting", Since: before(time.Minute), Reason: "stalled for 2m0s"}},
			},
		}, {Name: "file.copy", Healthy: true, Lanes: 4}},
		Files: files,
	}
}

// earlier is the example four seconds before.
func earlier() *status.Snapshot {
	s := example()
	s.Time = noon.Add(-4 * time.Second)
	s.Routes[0].DeliveredBytes -= 4 << 20
	s.Routes[0].DeliveredRecords -= 40_000
	s.Files[1].Routes[0].Offset -= 4 << 20
	return s
}

// live is a model after two looks.
func live(v View, width, height int) *Model {
	m := New(v, width, height)
	m.Take(earlier(), 2*time.Second)
	m.Take(example(), 2*time.Second)
	return m
}

func press(m *Model, all ...keys.Key) (last Do) {
	for _, k := range all {
		last = m.Press(k)
	}
	return last
}

func typed(text string) (all []keys.Key) {
	for _, r := range text {
		all = append(all, keys.Key(r))
	}
	return all
}

// shown is the screen as text, each line ended by a |, so that its width shows.
func shown(m *Model) string {
	s := m.Screen()
	var b strings.Builder
	for i, line := range s.Lines {
		mark := "|"
		if i == s.Marked {
			mark = "<"
		}
		b.WriteString(line + mark + "\n")
	}
	return b.String()
}

// TestScreens compares what is shown with the files in testdata; -update writes
// them.
func TestScreens(t *testing.T) {
	for name, m := range map[string]*Model{
		"routes":        live(Routes, 80, 24),
		"files":         live(Files, 80, 24),
		"lanes":         live(Lanes, 80, 24),
		"outputs":       live(Outputs, 80, 24),
		"small":         live(Files, 40, 10),
		"wide":          live(Files, 132, 16),
		"tiny":          live(Files, 30, 5),
		"first-look":    New(Routes, 80, 12),
		"help":          after(live(Routes, 80, 24), '?'),
		"end-of-files":  after(live(Files, 80, 24), keys.End, keys.Up),
		"files-by-slow": after(live(Files, 80, 24), 's', 's'),
		"of-one-route":  after(live(Routes, 80, 24), keys.Down, keys.Enter),
		"filtered":      after(live(Files, 80, 24), append(typed("/service"), keys.Enter)...),
		"typing":        after(live(Files, 80, 24), typed("/NO such")...),
		"looking":       after(live(Files, 80, 14), keys.Enter),
		"explained":     explainedModel(),
		"paused":        after(live(Routes, 80, 16), 'p'),
		"no-answer":     failed(live(Routes, 80, 16)),
		"held":          held(),
	} {
		t.Run(name, func(t *testing.T) {
			got, file := shown(m), filepath.Join("testdata", name+".txt")
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil || got != string(want) {
				t.Errorf("%v; shown is:\n%s", err, got)
			}
			s := m.Screen()
			if len(s.Lines) != m.height {
				t.Errorf("%d lines on a terminal of %d", len(s.Lines), m.height)
			}
			for _, line := range s.Lines {
				if columns.Cells(line) != m.width {
					t.Errorf("%d columns on a terminal of %d: %q", columns.Cells(line), m.width, line)
				}
			}
		})
	}
}

func after(m *Model, all ...keys.Key) *Model {
	m.Screen() // the length of a page is known from drawing
	press(m, all...)
	return m
}

func explainedModel() *Model {
	m := after(live(Files, 80, 14), keys.Enter)
	m.Explained("/somebody else's", "not this")
	text := "/var/log/rails/a-service-with-a-long-name/events.log\n  device 1, inode 2, born 2026-01-02T12:00:00Z, 10 MiB (10,485,760 bytes), changed just now\n\ninputs\n"
	m.Explained(m.Explaining(), text+strings.Repeat("    a line\n", 20))
	press(m, keys.Down, keys.Down)
	return m
}

func failed(m *Model) *Model {
	m.Fail(errors.New("no agent is running with the state directory \"/var/lib/shipper\"\nStart one"))
	return m
}

func held() *Model {
	s := example()
	s.Routes[0].Held, s.Routes[0].State = "another cluster answers: shipper checkpoint adopt --route rails:kafka.events", status.RouteHeld
	s.Agent.ConfigError = "/etc/shipper/shipper.hcl:3: unknown key"
	m := New(Routes, 80, 20)
	m.Take(s, 0)
	return m
}

func TestKeys(t *testing.T) {
	m := after(live(Files, 80, 24))
	if do := press(m, keys.Enter); do != Explain || m.Explaining() != "/var/log/rails/a-service-with-a-long-name/events.log" {
		t.Errorf("Enter explains %q (%v)", m.Explaining(), do)
	}
	if do := press(m, ' '); do != Explain {
		t.Errorf("space looks at the file again: %v", do)
	}
	if press(m, keys.Escape); m.Explaining() != "" || m.view != Files {
		t.Error("Esc does not go back")
	}
	for k, want := range map[keys.Key]Do{' ': Look, 'q': Quit, keys.Interrupt: Quit, keys.Suspend: Stop, keys.Repaint: Redraw, keys.Down: Nothing, 'x': Nothing} {
		if do := press(after(live(Files, 80, 24)), k); do != want {
			t.Errorf("key %d: %v, want %v", k, do, want)
		}
	}
	if do := press(m, append(typed("/q"), keys.Interrupt)...); do != Quit || m.Filter != "q" {
		t.Error("Ctrl-C does not end it while a filter is typed, or q does")
	}
	press(m, keys.Backspace, keys.Backspace, keys.Enter, '/', 'x', keys.Escape)
	if m.Filter != "" || m.typing {
		t.Errorf("filter %q after Esc", m.Filter)
	}
	press(m, keys.Tab, keys.Tab, keys.Tab)
	if m.view != Routes {
		t.Errorf("three tabs lead to view %d", m.view)
	}
	if press(m, keys.BackTab); m.view != Outputs {
		t.Errorf("a tab back leads to view %d", m.view)
	}
}

// TestChosenFileStaysChosen: the rows move under the cursor, it stays on its file.
func TestChosenFileStaysChosen(t *testing.T) {
	m := after(live(Files, 80, 24), keys.Down)
	chosen := m.cursors[Files].id
	s := example()
	s.Time = noon.Add(time.Second)
	s.Files[10].Routes[0].LagBytes = 1 << 30
	m.Take(s, 0)
	m.Screen()
	if rows := m.table().rows; rows[m.locate(rows)].id != chosen || m.locate(rows) != 2 {
		t.Errorf("row %d is chosen", m.locate(rows))
	}
	s.Files = nil
	m.Take(s, 0)
	if screen := m.Screen(); screen.Marked != -1 {
		t.Error("a row of nothing is chosen")
	}
	press(m, keys.Down, keys.Enter, keys.PageDown, keys.End)
}

// TestNothingIsObeyed fills every text of a snapshot with what a terminal might
// obey, and looks for it in every view.
func TestNothingIsObeyed(t *testing.T) {
	const evil = "e\x1b[2J\x1b]0;x\a\r\n\u202e\u009b1m\x00\xff"
	s, n := example(), 0
	var fill func(v reflect.Value)
	fill = func(v reflect.Value) {
		switch v.Kind() {
		case reflect.String:
			n++
			v.SetString(evil + fmt.Sprint(n))
		case reflect.Pointer:
			if !v.IsNil() {
				fill(v.Elem())
			}
		case reflect.Slice:
			for i := range v.Len() {
				fill(v.Index(i))
			}
		case reflect.Struct:
			if v.Type() != reflect.TypeFor[time.Time]() {
				for i := range v.NumField() {
					fill(v.Field(i))
				}
			}
		default:
		}
	}
	fill(reflect.ValueOf(s))
	s.Outputs[0].Failover.Edges = map[string]int64{evil: 1}
	s.Routes[0].Output, s.Outputs[0].Name = "o", "o"
	if n < 60 {
		t.Fatalf("only %d texts", n)
	}
	for v := range viewNames {
		m := New(View(v), 120, 60)
		m.Take(s, 0)
		m.Fail(errors.New(evil))
		m.Filter = "e"
		check := func() {
			for _, line := range m.Screen().Lines {
				if strings.ContainsFunc(line, func(r rune) bool { return !unicode.IsPrint(r) }) {
					t.Errorf("view %s: %q", viewNames[v], line)
				}
			}
		}
		check()
		for range m.table().rows { // what is said about each
			press(m, keys.Down)
			check()
		}
		if View(v) == Files {
			press(m, keys.Enter)
			m.Explained(m.Explaining(), evil)
			check()
		}
	}
}

// TestRowsAreMadeOnce: a key makes them anew only if they are others by it.
func TestRowsAreMadeOnce(t *testing.T) {
	m := live(Files, 80, 24)
	before := m.table()
	if press(m, keys.Down, keys.PageDown, '?', '?', keys.Up); m.table() != before {
		t.Error("moving about makes the rows anew")
	}
	for name, do := range map[string]func(){
		"another order":  func() { press(m, 's') },
		"the other way":  func() { press(m, 'r') },
		"a filter":       func() { press(m, append(typed("/web"), keys.Enter)...) },
		"another view":   func() { press(m, keys.Tab) },
		"another width":  func() { m.Resize(100, 24) },
		"a new snapshot": func() { m.Take(example(), 0) },
	} {
		before := m.table()
		if do(); m.table() == before {
			t.Errorf("%s does not make the rows anew", name)
		}
	}
}
