package agent

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"shipper/agent/config"
	"shipper/testing/await"
)

// matching is an input of what is named *.log in dir.
func matching(dir, label string, maxLine int64) *config.Input {
	return &config.Input{
		Label: label, Paths: []string{dir + "/*.log"}, Outputs: []config.OutputRef{{Kind: "file", Label: "out"}}, MaxLine: maxLine,
		ScanInterval: time.Minute, QuietAfter: time.Hour, ForgetAfter: time.Hour, KeepOpen: time.Hour,
	}
}

// toFile is the configuration of an agent whose state and output, file.out, are in dir.
func toFile(dir string, inputs ...*config.Input) *config.Config {
	cfg := &config.Config{
		Inputs:  inputs,
		Outputs: []*config.Output{{Kind: "file", Label: "out", File: &config.File{Path: filepath.Join(dir, "out"), Format: "raw"}}},
	}
	cfg.Agent.StateDir, cfg.Agent.ID, cfg.Agent.Memory = filepath.Join(dir, "state"), "agent", 64<<20
	cfg.Agent.Listen, cfg.Agent.ShutdownTimeout = "off", time.Second
	return cfg
}

// TestNeededThroughReloads changes an input again and again, which has yet to ship the
// end of a file: no other input may be told that the file is not needed, or that its
// generation is not known, not for a moment.
func TestNeededThroughReloads(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "app.log")
	if err := os.WriteFile(file, []byte("one\ntw"), 0o600); err != nil {
		t.Fatal(err)
	}
	var stat syscall.Stat_t
	if err := syscall.Stat(file, &stat); err != nil {
		t.Fatal(err)
	}
	configured := func(maxLine int64) *config.Config {
		return toFile(dir, matching(dir, "asks", 4096), matching(dir, "lags", maxLine))
	}
	a, err := New(configured(4096), Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- a.Run(ctx) }()
	<-a.running
	asks := a.force.Load().sources[0]
	begun := func() uint64 {
		for _, f := range a.force.Load().sources[1].input.Files() {
			return f.Generation
		}
		return 0
	}
	await.True(t, time.Minute, "a request has begun", func() bool { return begun() != 0 })
	id := begun()
	asked, stop := make(chan int), make(chan struct{})
	go func() {
		n := 0
		for ; ; n++ {
			select {
			case <-stop:
				asked <- n
				return
			default:
			}
			known := len(a.unknown(asks, []uint64{id})) == 0
			if !known || !a.needed(asks, stat.Dev, stat.Ino) {
				t.Errorf("a file that is to be shipped is not needed, or not known (%v)", known)
				asked <- n
				return
			}
		}
	}()
	reloads := 0
	for ; reloads < 30 && !t.Failed(); reloads++ {
		report, err := a.Reload(configured(int64(4097 + reloads%2)))
		if err != nil || len(report.Changed) != 1 {
			t.Fatalf("reload: %+v, %v", report, err)
		}
		await.True(t, time.Minute, "a request has begun", func() bool { return begun() != 0 })
	}
	close(stop)
	t.Logf("asked %d times in %d reloads", <-asked, reloads)
	cancel()
	<-done
}

// TestReloadAtBothEnds: a signal that comes before Run is obeyed once everything runs,
// and one that comes after it starts nothing again.
func TestReloadAtBothEnds(t *testing.T) {
	dir := t.TempDir()
	configured := func(maxLine int64) *config.Config { return toFile(dir, matching(dir, "logs", maxLine)) }
	a, err := New(configured(4096), Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	early := make(chan error)
	go func() {
		report, err := a.Reload(configured(8192))
		if err == nil && len(report.Changed) != 1 {
			err = fmt.Errorf("changed %v", report.Changed)
		}
		early <- err
	}()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- a.Run(ctx) }()
	if err := <-early; err != nil {
		t.Errorf("a reload before Run: %v", err)
	}
	cancel()
	<-done
	if _, err := a.Reload(configured(4096)); !errors.Is(err, errEnded) {
		t.Errorf("a reload after Run: %v, want %v", err, errEnded)
	}
}
