package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"shipper/agent/config/compare"
)

// TestSame compares a configuration with itself, shifted by a few lines, and with
// one in which any single key is another.
func TestSame(t *testing.T) {
	t.Setenv("SHIPPER_TEST", "hunter2")
	text, err := os.ReadFile("testdata/good/full.hcl")
	if err != nil {
		t.Fatal(err)
	}
	load := func(text string) *Config {
		t.Helper()
		dir := t.TempDir()
		for _, f := range []string{"ca.pem", "cert.pem", "key.pem"} { // what the sample reads
			if data, err := os.ReadFile(filepath.Join("testdata/good", f)); err == nil {
				must(t, os.WriteFile(filepath.Join(dir, f), data, 0o600))
			}
		}
		must(t, os.WriteFile(filepath.Join(dir, "a.hcl"), []byte(text), 0o600))
		cfg, found := Load(filepath.Join(dir, "a.hcl"))
		if cfg == nil {
			t.Fatalf("%v", found)
		}
		return cfg
	}
	a, shifted := load(string(text)), load("# a comment\n\n"+string(text))
	for i := range a.Inputs {
		if !compare.Same(a.Inputs[i], shifted.Inputs[i]) {
			t.Errorf("input %s differs from itself, two lines below", a.Inputs[i].Label)
		}
	}
	for i := range a.Outputs {
		if !compare.Same(a.Outputs[i], shifted.Outputs[i]) {
			t.Errorf("output %s differs from itself, two lines below", a.Outputs[i].Name())
		}
	}
	edits := 0
	for i, line := range strings.Split(string(text), "\n") {
		key, _, ok := strings.Cut(strings.TrimSpace(line), "=")
		if !ok || strings.HasPrefix(key, "#") {
			continue
		}
		edited := strings.Split(string(text), "\n")
		switch strings.TrimSpace(key) {
		case "linger":
			edited[i] = `linger = "17ms"`
		case "max_line":
			edited[i] = `max_line = "3MiB"`
		case "match":
			edited[i] = strings.Replace(line, "events", "[e]vents", 1)
		case "stream":
			edited[i] = `stream = "x-${match.app}-${match.pid}"`
		default:
			continue
		}
		edits++
		b := load(strings.Join(edited, "\n"))
		if compare.Same(a.Inputs[0], b.Inputs[0]) && compare.Same(a.Outputs[0], b.Outputs[0]) {
			t.Errorf("no difference is seen after %q", edited[i])
		}
	}
	if edits < 4 {
		t.Errorf("only %d keys were changed", edits)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestAuditTopicConcernsItsOutput: an output that is to tell of complete files, and
// was not before, is another one.
func TestAuditTopicConcernsItsOutput(t *testing.T) {
	load := func(more string) *Output {
		t.Helper()
		path := filepath.Join(t.TempDir(), "a.hcl")
		must(t, os.WriteFile(path, []byte(`
input "logfile" "a" {
  paths  = ["/var/log/a.log"]
  output = output.kafka.events
  topic  = "a"
`+more+`
}
output "kafka" "events" {
  brokers = ["k1:9092"]
}
`), 0o600))
		cfg, found := Load(path)
		if cfg == nil {
			t.Fatalf("%v", found)
		}
		return cfg.Outputs[0]
	}
	if compare.Same(load(""), load(`audit_topic = "audit"`)) {
		t.Error("the output is taken for the same, and would tell nobody")
	}
}
