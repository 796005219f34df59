package operate

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"shipper/testing/await"
)

// expressions are all of the dashboard and of the alerts, by where they stand.
func expressions(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	var dashboard struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	read(t, "grafana.json", json.Unmarshal, &dashboard)
	for _, p := range dashboard.Panels {
		for i, target := range p.Targets {
			all["panel "+p.Title+string(rune('A'+i))] = target.Expr
		}
	}
	var alerts struct {
		Groups []struct {
			Rules []struct {
				Alert, Expr string
				Labels      map[string]string
				Annotations map[string]string
			}
		}
	}
	read(t, "alerts.yml", yaml.Unmarshal, &alerts)
	for _, g := range alerts.Groups {
		for _, r := range g.Rules {
			all["alert "+r.Alert] = r.Expr
			if r.Labels["severity"] == "" || r.Annotations["summary"] == "" || r.Annotations["description"] == "" {
				t.Errorf("alert %s does not say how bad, what, and what to do", r.Alert)
			}
		}
	}
	if len(all) < 25 {
		t.Fatalf("only %d expressions were found", len(all))
	}
	return all
}

func read(t *testing.T, name string, unmarshal func([]byte, any) error, to any) {
	t.Helper()
	text, err := os.ReadFile("../../packaging/dashboards/" + name)
	if err == nil {
		err = unmarshal(text, to)
	}
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

// withFailover is an output that has one. Neither answers.
const withFailover = `
input "logfile" "far" {
  paths  = ["/nowhere/*.log"]
  output = output.kafka.away
  topic  = "events"
}
output "kafka" "away" {
  brokers = ["127.0.0.1:1"]
  failover {
    output = output.s3.aside
  }
}
output "s3" "aside" {
  bucket   = "logs"
  region   = "us-east-1"
  endpoint = "http://127.0.0.1:1"
}
`

var (
	quoted   = regexp.MustCompile(`"[^"]*"`)
	selector = regexp.MustCompile(`((?:shipper|process|go)_\w+)(?:\{([^}]*)\})?`)
	matcher  = regexp.MustCompile(`(\w+)(=~|!~|!=|=)"([^"]*)"`)
	series   = regexp.MustCompile(`^(\w+)(?:\{(.*)\})? \S+$`)
	label    = regexp.MustCompile(`(\w+)="`)
)

// TestDashboardsUseWhatThereIs: every metric of every expression, and every label
// of it, is one that a live agent exposes; and every metric that tells of trouble
// is looked at by one of them.
func TestDashboardsUseWhatThereIs(t *testing.T) {
	t.Setenv("AWS_ACCESS_KEY_ID", "id") // or the SDK would ask the network for some
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	l := start(t, withFailover)
	l.write("a.log", "one\n")
	await.True(t, time.Minute, "the line is shipped", func() bool {
		return strings.Contains(l.get("/metrics"), `shipper_route_delivered_records_total{input="app",output="file.copy"} 1`)
	})
	exposed := map[string][]string{} // the labels of each metric
	values := map[string]bool{}      // of labels, as name="value"
	for line := range strings.Lines(l.get("/metrics")) {
		m := series.FindStringSubmatch(strings.TrimSpace(line))
		if m == nil {
			continue
		}
		exposed[m[1]] = nil
		for _, name := range label.FindAllStringSubmatch(m[2], -1) {
			exposed[m[1]] = append(exposed[m[1]], name[1])
		}
		for pair := range strings.SplitSeq(m[2], ",") {
			values[pair] = true
		}
	}
	ofScraper := []string{"instance", "job"}
	var used strings.Builder
	for where, expression := range expressions(t) {
		used.WriteString(expression + "\n")
		names := selector.FindAllStringSubmatch(expression, -1)
		if len(names) == 0 {
			t.Errorf("%s: no metric in %s", where, expression)
		}
		for _, m := range names {
			labels, ok := exposed[m[1]]
			if !ok {
				t.Errorf("%s uses %s, which the agent does not expose", where, m[1])
			}
			for _, by := range matcher.FindAllStringSubmatch(m[2], -1) {
				if !slices.Contains(labels, by[1]) && !slices.Contains(ofScraper, by[1]) {
					t.Errorf("%s selects %s by %s, which it does not have", where, m[1], by[1])
				}
				if by[1] == "state" || by[1] == "reason" {
					for value := range strings.SplitSeq(by[3], "|") {
						if !values[by[1]+`="`+value+`"`] {
							t.Errorf("%s: no series has %s %q", where, by[1], value)
						}
					}
				}
			}
		}
		if n := strings.Count(quoted.ReplaceAllString(expression, ""), "("); n != strings.Count(quoted.ReplaceAllString(expression, ""), ")") {
			t.Errorf("%s: unbalanced: %s", where, expression)
		}
	}
	for _, name := range []string{"lag_seconds", "runway_seconds", "route_state", "failover_partitions", "quarantined", "state_healthy", "config_invalid"} {
		if !strings.Contains(used.String(), name) {
			t.Errorf("nobody looks at %s", name)
		}
	}
}
