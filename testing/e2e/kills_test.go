package e2e

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"shipper/checkpoint"
	"shipper/testing/workload"
)

const (
	batchBytes = 512 << 10 // what one kill may repeat on one shard
	memoryPeak = 80 << 20  // allowed to an agent with a budget of 64 MiB
)

// killer kills and restarts an agent, and tells which kills prove something.
type killer struct {
	a       *agent
	random  *rand.Rand
	kills   int
	counted int   // while lines of files were not in the checkpoint
	moved   int   // after the checkpoint had advanced since the last kill
	last    int64 // bytes acknowledged at the last kill
	begun   time.Time
}

// outage lets the agent live for about d and kills it, whether it could deliver
// anything or not.
func (k *killer) outage(d time.Duration) {
	k.a.t.Helper()
	k.a.run(d/2 + time.Duration(k.random.Int64N(int64(d))))
	k.kill()
}

// shipping does the same, but d begins when the agent has delivered something.
func (k *killer) shipping(ctx context.Context, d time.Duration) {
	k.a.t.Helper()
	k.a.waitFor(ctx, "the checkpoint advances", func() bool {
		state, err := checkpoint.Read(k.a.stateDir())
		return err == nil && acknowledged(state) > k.last
	})
	k.outage(d)
}

// kill looks whether there is anything to lose. The sizes are from before the
// kill and the checkpoint from after it, so a byte that counts was in the file
// and not in the checkpoint at the moment of the kill. Then the next life begins.
func (k *killer) kill() {
	t := k.a.t
	t.Helper()
	before := sizes(t, k.a.logs)
	k.a.kill()
	k.kills++
	state, err := checkpoint.Read(k.a.stateDir())
	must(t, err)
	behind, done := before.behind(state), acknowledged(state)
	t.Logf("kill %d after %.1f s: %s acknowledged since the last one, %s behind",
		k.kills, time.Since(k.begun).Seconds(), mib(done-k.last), mib(behind))
	if behind > 0 {
		k.counted++
	}
	if done > k.last {
		k.moved++
	}
	k.last = done
	time.Sleep(time.Duration(k.random.Int64N(int64(700 * time.Millisecond))))
	k.a.start()
}

func TestKillsAndOutages(t *testing.T) {
	const (
		partitions = 4
		bytes      = 52 << 20  // of each writer
		rate       = 800 << 10 // so that they write until the last kill
	)
	ctx := limit(t, 4*time.Minute)
	r := random(t)
	c := kafka(t)
	topic := newTopic(ctx, t, c, partitions)
	a := newAgent(t, c.Brokers(), topic, config{})
	var configs []workload.Config
	for i := range 4 {
		configs = append(configs, workload.Config{
			Dir: a.logs, Source: fmt.Sprintf("app%d", i+1), Seed: r.Uint64(),
			Bytes: bytes, Rate: rate, RotateSize: 1 << 20,
			Scheme: []workload.Scheme{workload.Numbered, workload.Dated}[i%2],
			// One gathers blocks as stdio does, one re-opens its log late.
			Block: []int{0, 0, 4096, 0}[i], AfterRename: []int{0, 0, 0, 5}[i],
		})
	}
	a.start()
	w := startWriters(ctx, t, configs...)
	k := &killer{a: a, random: r, begun: time.Now()}

	k.shipping(ctx, 3*time.Second)
	k.shipping(ctx, 3*time.Second)

	lost := c.Nodes[r.IntN(len(c.Nodes))]
	t.Logf("broker %d is killed", lost.ID)
	must(t, lost.Kill())
	k.outage(3 * time.Second)
	k.outage(4 * time.Second)
	must(t, lost.Start())
	t.Logf("broker %d is started", lost.ID)
	k.shipping(ctx, 3*time.Second)
	must(t, c.WaitReady(ctx))
	must(t, c.WaitInSync(ctx))
	k.shipping(ctx, 2*time.Second)

	t.Log("the whole cluster is killed")
	must(t, c.KillAll())
	stopped := time.Now()
	k.outage(3 * time.Second)
	a.run(time.Until(stopped.Add(10 * time.Second)))
	must(t, c.StartAll(ctx))
	t.Logf("the whole cluster is back after %.1f s", time.Since(stopped).Seconds())
	for k.kills < 10 {
		k.shipping(ctx, 500*time.Millisecond)
	}

	journals := w.wait()
	t.Logf("all is written after %.1f s", time.Since(k.begun).Seconds())
	result := deliver(ctx, t, a, c, topic, journals)
	t.Logf("all is delivered after %.1f s", time.Since(k.begun).Seconds())
	var written int64
	for _, j := range journals {
		written += j.Bytes
	}
	bound := uint64(k.kills * partitions * batchBytes)
	t.Logf("e2e-kills: written_bytes=%d rotations=%d kills=%d kills_counted=%d lost=%d reordered=%d duplicated=%d duplicate_bytes=%d allowed=%d peak_rss=%d",
		written, result.Rotations, k.kills, k.counted, result.Lost, result.Reordered, result.Duplicated, result.DuplicateBytes, bound, a.peak)
	if written < 200<<20 || result.Rotations < 150 || k.counted < 8 || k.moved < 7 {
		t.Errorf("too little happened: %s written, %d rotations, %d of %d kills counted, %d after progress",
			mib(written), result.Rotations, k.counted, k.kills, k.moved)
	}
	if result.DuplicateBytes > bound {
		t.Errorf("%d bytes of duplicates, %d kills allow %d", result.DuplicateBytes, k.kills, bound)
	}
	if a.peak > memoryPeak || a.peak == 0 {
		t.Errorf("peak of resident memory %s, want at most %s", mib(a.peak), mib(memoryPeak))
	}
}

// TestRotationsWhileStopped rotates two logs 30 times each while no agent
// looks.
func TestRotationsWhileStopped(t *testing.T) {
	for _, killed := range []bool{false, true} {
		t.Run(map[bool]string{false: "stopped", true: "killed"}[killed], func(t *testing.T) {
			const rotations, size = 30, 256 << 10
			ctx := limit(t, 3*time.Minute)
			r := random(t)
			c := kafka(t)
			topic := newTopic(ctx, t, c, 4)
			a := newAgent(t, c.Brokers(), topic, config{})
			var all []*workload.Writer
			for i, scheme := range []workload.Scheme{workload.Numbered, workload.Dated} {
				w, err := workload.Open(workload.Config{
					Dir: a.logs, Source: fmt.Sprintf("app%d", i), Seed: r.Uint64(), Scheme: scheme, RotateSize: size,
				})
				must(t, err)
				must(t, w.WriteLines(2000)) // over one rotation, and into a file
				all = append(all, w)
			}
			a.start()
			a.waitFor(ctx, "the agent has acknowledged something", func() bool {
				state, err := checkpoint.Read(a.stateDir())
				return err == nil && acknowledged(state) > size
			})
			for _, w := range all {
				must(t, w.WriteLines(200))
			}
			if killed {
				a.kill()
			} else {
				a.stop(40 * time.Second)
			}
			var journals []workload.Journal
			for _, w := range all {
				before := w.Progress().Rotations
				for w.Progress().Rotations < before+rotations {
					must(t, w.WriteLines(100))
				}
				j, err := w.Close()
				must(t, err)
				journals = append(journals, j)
			}
			a.start()
			result := deliver(ctx, t, a, c, topic, journals)
			allowed := uint64(0)
			if killed {
				allowed = 2 * batchBytes // a batch of each log's shard
			}
			if result.DuplicateBytes > allowed {
				t.Errorf("%d lines are duplicated, %d bytes", result.Duplicated, result.DuplicateBytes)
			}
		})
	}
}
