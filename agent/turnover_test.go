package agent

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"shipper/agent/config"
	"shipper/agent/stored"
	"shipper/checkpoint"
	"shipper/inputs/logfile"
	"shipper/outputs"
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
	waitFor(t, func() bool { return begun() != 0 })
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
		waitFor(t, func() bool { return begun() != 0 })
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

// TestConfirmedTooLate: what is learned of a complete file when a reload has closed
// the input, and the next one is further on in it, sets no offset back: the checkpoint
// does not let it.
func TestConfirmedTooLate(t *testing.T) {
	told := make(chan *logfile.Completion, 1)
	r := newRig(t, &scripted{answer: func(int, *outputs.Batch) outputs.Fate { return outputs.Fate{State: outputs.Acked} }})
	r.told = func(c *logfile.Completion) { told <- c }
	one, text := lines("one", 20)
	r.write("a.log", text)
	r.start(func(c *logfile.Config) { c.QuietCompletes, c.QuietAfter = true, 20*time.Millisecond })
	defer r.stop()
	c := <-told
	old := r.input
	r.cancel()
	r.done.Wait()
	r.pipe.detach(r.route)
	if err := r.input.Close(); err != nil {
		t.Fatal(err)
	}
	two, text := lines("two", 20)
	r.write("a.log", text)
	r.told = nil
	r.open(nil)
	r.until(append(one, two...))
	offset := func() int64 {
		return r.store.State().Generations[c.Generation].Watermarks[checkpoint.RouteID(1)].Offset
	}
	waitFor(t, func() bool { return offset() > c.Bytes })
	at := offset()
	var changes checkpoint.Changes
	stored.AddProgress(&changes, old.Confirm(c), "in", 1)
	if len(changes.Offsets) == 0 {
		t.Fatal("nothing was confirmed")
	}
	r.store.Commit(&changes)
	if now := offset(); now != at {
		t.Errorf("the offset went from %d back to %d", at, now)
	}
}

// TestClusterIsKeptBesideAReload: a reload notes where an output leads while a lane
// notes which cluster answers.
func TestClusterIsKeptBesideAReload(t *testing.T) {
	for range 20_000 {
		r := newRoute(checkpoint.Route{ID: 1, Destination: "kafka://a"}, &config.Input{Label: "in"}, nil)
		var begin atomic.Bool
		done := make(chan int)
		go func() {
			var c checkpoint.Changes
			begin.Store(true)
			r.acknowledgedBy("cluster", &c)
			done <- len(c.Routes)
		}()
		for !begin.Load() {
			runtime.Gosched()
		}
		r.leadsTo("kafka://b")
		if n := <-done; n != 1 {
			t.Fatalf("%d routes to be stored, want 1", n)
		}
		if known := *r.known.Load(); known.Cluster != "cluster" || known.Destination != "kafka://b" {
			t.Fatalf("known is %+v", known)
		}
	}
}

// paced has a batch wait for its turn, which does not come.
type paced struct {
	scripted
	waits, rush chan struct{}
}

func (o *paced) Write(_ context.Context, batches []*outputs.Batch) {
	o.waits <- struct{}{}
	<-o.rush
	for _, b := range batches {
		b.Fate = outputs.Fate{State: outputs.Refused, Err: fmt.Errorf("wait: %w", outputs.ErrRushed)}
	}
}

func (o *paced) Rush() (end func()) {
	close(o.rush)
	return func() {}
}

// TestReloadDoesNotWaitForMaxRate: a batch that waits for its turn is no reason to wait
// for a reload, nor to call the output unwell.
func TestReloadDoesNotWaitForMaxRate(t *testing.T) {
	out := &paced{waits: make(chan struct{}, 8), rush: make(chan struct{})}
	r := newRig(t, &out.scripted)
	_, text := lines("x", 5)
	r.write("a.log", text)
	r.start(nil)
	defer r.stop()
	r.pipe.halt(time.Second)
	by := newPipeline("scripted.out", out, r.store, nil, r.pipe.log)
	by.lanes, by.buffer, by.quar = 2, 32<<10, r.pipe.quar
	r.pipe.replace(by)
	r.pipe.start()
	r.write("a.log", text)
	<-out.waits
	r.pipe.detach(r.route)
	r.pipe.mu.Lock()
	defer r.pipe.mu.Unlock()
	if r.pipe.stalled != 0 || len(r.pipe.feeds) != 0 {
		t.Errorf("%d shards stalled, %d streams left", r.pipe.stalled, len(r.pipe.feeds))
	}
}
