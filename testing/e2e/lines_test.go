package e2e

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"shipper/checkpoint"
	"shipper/testing/cluster"
	"shipper/testing/oracle"
	"shipper/testing/workload"
)

// writers are applications that log at the same time.
type writers struct {
	t        *testing.T
	wg       sync.WaitGroup
	all      []*workload.Writer
	journals []workload.Journal
	errs     []error
	cancel   context.CancelFunc
}

// startWriters runs one writer for each configuration, in the background.
func startWriters(ctx context.Context, t *testing.T, configs ...workload.Config) *writers {
	t.Helper()
	ctx, cancel := context.WithCancel(ctx)
	w := &writers{t: t, cancel: cancel, journals: make([]workload.Journal, len(configs)), errs: make([]error, len(configs))}
	for _, c := range configs {
		one, err := workload.Open(c)
		must(t, err)
		w.all = append(w.all, one)
	}
	for i, one := range w.all {
		w.wg.Go(func() {
			err := one.Run(ctx)
			var e error
			if w.journals[i], e = one.Close(); err == nil {
				err = e
			}
			w.errs[i] = err
		})
	}
	t.Cleanup(func() { cancel(); w.wg.Wait() })
	return w
}

// wait returns what the writers have written when they are done.
func (w *writers) wait() []workload.Journal {
	w.t.Helper()
	w.wg.Wait()
	for _, err := range w.errs {
		must(w.t, err)
	}
	return w.journals
}

// stop ends the writers now.
func (w *writers) stop() []workload.Journal {
	w.t.Helper()
	w.cancel()
	return w.wait()
}

// reach lets the agent run until the writers have written so many lines and rotated so
// often, which takes longer on a busy machine.
func (w *writers) reach(ctx context.Context, a *agent, lines, rotations int64) {
	w.t.Helper()
	for {
		must(w.t, ctx.Err())
		n := workload.Progress{}
		for _, one := range w.all {
			p := one.Progress()
			n.Lines, n.Rotations = n.Lines+p.Lines, n.Rotations+p.Rotations
		}
		if n.Lines >= lines && n.Rotations >= rotations {
			return
		}
		a.run(50 * time.Millisecond)
	}
}

// write runs one writer to its end.
func write(t *testing.T, c workload.Config) workload.Journal {
	t.Helper()
	j, err := workload.Write(context.Background(), c)
	must(t, err)
	return j
}

// deliver waits until every written line is in the topic, stops the agent, and
// judges. Duplicates are left to the caller, order is not: with no file growing
// after its successor has begun, no line has an excuse for being late.
func deliver(ctx context.Context, t *testing.T, a *agent, c *cluster.Cluster, topic string, journals []workload.Journal) oracle.Result {
	t.Helper()
	found := newTally(t, c, topic, journals)
	found.wait(ctx, a)
	a.stop(40 * time.Second)
	return found.judge(ctx)
}

// tally is what was found of some journals in a topic.
type tally struct {
	t       *testing.T
	checker *oracle.Checker
	reader  *oracle.Reader
}

func newTally(t *testing.T, c *cluster.Cluster, topic string, journals []workload.Journal) *tally {
	t.Helper()
	checker, err := oracle.NewChecker(journals)
	must(t, err)
	reader, err := oracle.NewReader(c.Brokers(), topic)
	must(t, err)
	t.Cleanup(reader.Close)
	return &tally{t: t, checker: checker, reader: reader}
}

// wait returns when no line is missing, or nothing has come for long.
func (f *tally) wait(ctx context.Context, a *agent) {
	f.t.Helper()
	last, since := f.checker.Missing(), time.Now()
	for f.checker.Missing() > 0 {
		must(f.t, f.reader.ReadToEnd(ctx, f.checker.Add))
		a.run(100 * time.Millisecond)
		if m := f.checker.Missing(); m < last {
			last, since = m, time.Now()
		}
		if time.Since(since) > 90*time.Second {
			f.t.Errorf("nothing new for 90 s, %d lines are missing", last)
			break
		}
	}
}

// judge reads what else came and fails the test if the lines are not there as
// they were written.
func (f *tally) judge(ctx context.Context) oracle.Result {
	f.t.Helper()
	must(f.t, f.reader.ReadToEnd(ctx, f.checker.Add))
	result := f.checker.Result()
	f.t.Log(result.String())
	if !result.OK() || result.Late > 0 {
		var table strings.Builder
		must(f.t, result.Print(&table))
		f.t.Errorf("not delivered as written:\n%s", table.String())
	}
	return result
}

// files are the sizes of the log files that exist, by inode.
type files map[uint64]int64

// sizes looks at all files of the directory.
func sizes(t *testing.T, dir string) files {
	t.Helper()
	all := make(files)
	paths, err := filepath.Glob(filepath.Join(dir, "*.log*"))
	must(t, err)
	for _, p := range paths {
		info, err := os.Stat(p)
		if os.IsNotExist(err) {
			continue // renamed just now, and seen under its new name or not
		}
		must(t, err)
		if stat, ok := info.Sys().(*syscall.Stat_t); ok {
			all[stat.Ino] = info.Size()
		}
	}
	return all
}

// behind is how many bytes of these files the checkpoint does not have.
func (f files) behind(state checkpoint.State) int64 {
	done := make(map[uint64]int64)
	for _, g := range state.Generations {
		for _, w := range g.Watermarks {
			done[g.Inode] = max(done[g.Inode], w.Offset)
		}
	}
	var n int64
	for inode, size := range f {
		n += max(0, size-done[inode])
	}
	return n
}

// acknowledged is the sum of all watermarks.
func acknowledged(state checkpoint.State) int64 {
	var n int64
	for _, g := range state.Generations {
		for _, w := range g.Watermarks {
			n += w.Offset
		}
	}
	return n
}

func mib(n int64) string { return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20)) }
