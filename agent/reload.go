package agent

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"shipper/agent/config"
	"shipper/agent/config/compare"
	"shipper/agent/memory"
	"shipper/agent/parts"
	"shipper/agent/pipeline"
	"shipper/agent/reload"
	"shipper/inputs/logfile"
)

// reloadPatience is how long the batches under way at an output that is changed or
// removed may take to be acknowledged. What is cut off then is sent again.
const reloadPatience = 500 * time.Millisecond

// configFiles are the paths whose change may change the configuration.
func (a *Agent) configFiles() []string {
	return append(config.Sources(a.path), a.force.Load().cfg.Read...)
}

// ReloadFiles reads the configuration anew and has the agent work by it. If it has
// mistakes, or can't be put into force, the one before stays, and the status says
// why. It waits as Reload does.
func (a *Agent) ReloadFiles() reload.Report {
	if a.path == "" {
		return reload.Report{Error: "this agent's configuration is not from a file"}
	}
	cfg, found := config.Load(a.path)
	report := reload.Report{Invalid: found.HasErrors()}
	for i := range found {
		report.Diagnostics = append(report.Diagnostics, found[i].String())
	}
	if report.Invalid {
		var text bytes.Buffer
		_ = found.Write(&text) // a buffer takes everything
		a.misconfigured(strings.TrimSpace(text.String()))
		return report
	}
	changes, err := a.Reload(cfg)
	if err != nil {
		changes.Error = err.Error()
		if !errors.Is(err, errTurning) && !errors.Is(err, errEnded) {
			a.misconfigured(err.Error())
		}
	} else {
		a.configError.Store(nil)
	}
	changes.Diagnostics = report.Diagnostics
	return changes
}

func (a *Agent) misconfigured(why string) {
	if before := a.configError.Swap(&why); before == nil || *before != why {
		a.log.Error("the configuration on disk is not in force; the one before is", keyError, why)
	}
}

// Reload has the agent work by another configuration. What is the same in both goes
// on undisturbed, receipts and descriptors included. Outputs are compared by kind
// and label, inputs by label; one that was renamed goes on from where the old one
// was. If anything can't be built, nothing is changed.
//
// It blocks until the new configuration is in force. That is when no batch of an
// input that is changed or removed is under way any more: an attempt's time-out at
// most, if a broker hangs; if the state's disk does, until it takes a write. While Run
// begins it waits for it, and once Run ends it changes nothing.
func (a *Agent) Reload(cfg *config.Config) (reload.Report, error) {
	<-a.running
	if !a.turning.TryLock() {
		return reload.Report{}, errTurning
	}
	defer a.turning.Unlock()
	if a.ended {
		return reload.Report{}, errEnded
	}
	old := a.force.Load()
	t := turnover{a: a, old: old, next: &setup{cfg: cfg, over: make(chan struct{})}}
	t.compare()
	if err := t.prepare(); err != nil {
		return reload.Report{}, err
	}
	t.endInputs()
	t.endOutputs()
	a.adopting.Lock()
	if err := a.openSources(t.next); err != nil { // prepare has tried it
		a.adopting.Unlock()
		return t.report, err
	}
	a.force.Store(t.next)
	close(old.over)
	a.adopting.Unlock()
	t.handOver()
	t.begin()
	debug.SetMemoryLimit(cfg.Agent.Memory)
	if a.level != nil {
		a.level.Set(reload.LogLevel(cfg))
	}
	a.log.Info("configuration reloaded", "changes", t.report.String(), "config", cfg.Files)
	return t.report, nil
}

// turnover is a reload under way.
type turnover struct {
	a         *Agent
	old, next *setup
	report    reload.Report

	opened   map[string]*sink // by name: outputs that are new or changed, built and idle
	outgoing []*source        // inputs that are removed or changed
	fresh    []*sink          // of next: not running yet
}

// compare finds out what is to be done.
func (t *turnover) compare() {
	t.report, t.next.cfg = reload.Compare(t.old.cfg, t.next.cfg)
	for _, src := range t.old.sources {
		if t.report.Ends("input " + src.cfg.Label) {
			t.outgoing = append(t.outgoing, src)
		} else {
			t.next.sources = append(t.next.sources, src)
		}
	}
}

// prepare builds what can be built while the old setup works: everything that may
// fail.
func (t *turnover) prepare() error {
	t.opened = map[string]*sink{}
	err := t.tryBuilding()
	if err == nil {
		return nil
	}
	for _, k := range t.opened {
		err = errors.Join(err, k.Close(context.Background()))
	}
	return err
}

func (t *turnover) tryBuilding() error {
	choices := t.a.store.State().Choices
	for _, oc := range t.next.cfg.Outputs {
		if k := t.old.sink(oc.Name()); k != nil && compare.Same(k.cfg, oc) {
			continue
		}
		k, err := t.a.openSink(t.next.cfg, oc, choices)
		if err != nil {
			return err
		}
		t.opened[k.Name()] = k
	}
	for _, ic := range t.next.cfg.Inputs {
		if _, err := logfile.New(parts.Input(ic), logfile.Env{}); err != nil {
			return fmt.Errorf("input %s: %w", ic.Label, err)
		}
	}
	return nil
}

// endInputs stops the inputs that are removed or changed, and takes their streams
// out of the pipelines.
func (t *turnover) endInputs() {
	var wg sync.WaitGroup
	for _, src := range t.outgoing {
		wg.Go(func() {
			src.halt()
			src.detach()
		})
	}
	wg.Wait()
}

// handOver gives the inputs that are new or changed the files to which only the open
// descriptors of the outgoing ones lead, and closes those. By then the new setup is in
// force: what others ask of an input they would ask one that has given its files away.
func (t *turnover) handOver() {
	for _, old := range t.outgoing {
		for _, src := range t.next.sources {
			if src.done == nil {
				src.input.Succeed(old.input)
			}
		}
		if held := old.input.Held(); held.Unread > 0 {
			t.a.log.Warn("an input is gone that held deleted files, as no other one takes them; what is unread of them is lost",
				keyInput, old.cfg.Label, "files", held.Files, keyBytes, held.Unread)
		}
		if err := old.input.Close(); err != nil {
			t.a.log.Warn("an input could not be closed", keyInput, old.cfg.Label, keyError, err)
		}
	}
}

// endOutputs stops the outputs that are removed or changed. A changed one keeps its
// pipeline, which the routes know, and the streams in it.
func (t *turnover) endOutputs() {
	var wg sync.WaitGroup
	for _, k := range t.old.sinks {
		fresh := t.opened[k.Name()]
		if fresh == nil && parts.Named(t.next.cfg, k.Name()) != nil {
			continue // the same
		}
		wg.Go(func() {
			k.Halt(reloadPatience)
			if err := k.Close(context.Background()); err != nil {
				t.a.log.Warn("an output could not be closed", keyOutput, k.Name(), keyError, err)
			}
			if fresh != nil {
				k.Replace(fresh.Pipeline)
			} else {
				k.guard.End()
			}
		})
	}
	wg.Wait()
	for _, oc := range t.next.cfg.Outputs {
		before, fresh := t.old.sink(oc.Name()), t.opened[oc.Name()]
		k := &sink{cfg: oc}
		if before != nil {
			k.Pipeline, k.guard = before.Pipeline, before.guard
		} else {
			k.Pipeline = fresh.Pipeline
		}
		t.next.sinks = append(t.next.sinks, k)
		if fresh != nil {
			t.fresh = append(t.fresh, k)
		}
	}
}

// begin has what is new in the setup work.
func (t *turnover) begin() {
	for _, k := range t.next.sinks {
		lanes, buffer := memory.Lanes(t.next.cfg, k.Shape(), pipeline.MaxSegments)
		k.Resize(lanes, buffer) // as many as memory allows for so many outputs
	}
	for _, k := range t.fresh {
		k.Start()
	}
	for _, src := range t.next.sources {
		if src.done == nil {
			src.discover(t.a.log)
		}
	}
}
