package agent

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"shipper/agent/config"
	"shipper/testing/await"
)

// Two inputs that match the same file share its generation in the checkpoint.
// What one of them forgets, because the file left its directories, the other
// still ships.
func TestWhatOneInputForgetsTheOtherKeeps(t *testing.T) {
	dir, out := t.TempDir(), t.TempDir()
	for _, d := range []string{"x", "y"} {
		if err := os.Mkdir(filepath.Join(dir, d), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	in := func(label string, forget time.Duration, paths ...string) *config.Input {
		return &config.Input{
			Label: label, Paths: paths, Outputs: []config.OutputRef{{Kind: "file", Label: label}}, MaxLine: 4096,
			ScanInterval: 50 * time.Millisecond, QuietAfter: 50 * time.Millisecond, ForgetAfter: forget, KeepOpen: 50 * time.Millisecond,
		}
	}
	output := func(label string) *config.Output {
		return &config.Output{Kind: "file", Label: label, File: &config.File{Path: filepath.Join(out, label), Format: "raw"}}
	}
	cfg := &config.Config{
		Inputs:  []*config.Input{in("a", 200*time.Millisecond, dir+"/x/*.log"), in("b", 72*time.Hour, dir+"/*/*.log")},
		Outputs: []*config.Output{output("a"), output("b")},
	}
	cfg.Agent.StateDir, cfg.Agent.ID, cfg.Agent.Memory = t.TempDir(), "agent", 64<<20
	cfg.Agent.Listen, cfg.Agent.ShutdownTimeout = "off", time.Second
	run := func(during func(inputs []*source)) {
		a, err := New(cfg, Options{Log: slog.New(slog.NewTextHandler(t.Output(), nil))})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan error)
		go func() { done <- a.Run(ctx) }()
		<-a.running
		during(a.force.Load().sources)
		time.Sleep(time.Second) // what is wrong may take a while
		cancel()
		<-done
	}
	old := filepath.Join(dir, "x", "app.log")
	if err := os.WriteFile(old, []byte("one\ntwo\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	lines := func(label string) int {
		b, _ := os.ReadFile(filepath.Join(out, label)) // not there at first
		return strings.Count(string(b), "one")
	}
	run(func(_ []*source) {
		await.True(t, time.Minute, "both have shipped the line", func() bool { return lines("a") > 0 && lines("b") > 0 })
		if err := os.Rename(old, filepath.Join(dir, "y", "app.log")); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second) // ten times what the first needs to forget it
	})
	run(func(inputs []*source) {
		await.True(t, time.Minute, "the second knows the file", func() bool { return len(inputs[1].input.Files()) == 1 })
	})
	for _, label := range []string{"a", "b"} {
		if n := lines(label); n != 1 {
			t.Errorf("output %s holds the line %d times", label, n)
		}
	}
}
