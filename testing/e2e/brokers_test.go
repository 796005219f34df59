package e2e

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"shipper/checkpoint"
	"shipper/testing/cluster"
	"shipper/testing/workload"
)

// full chooses between the bounded share and the whole.
func full[T any](share, whole T) T {
	if os.Getenv("SHIPPER_TORTURE") != "" {
		return whole
	}
	return share
}

// TestBrokersDieAndHang kills one random broker after another under load, each
// 5 s after all replicas were in sync again, and then stops some for 20 s without
// ending them.
func TestBrokersDieAndHang(t *testing.T) {
	kills, stops := full(3, 10), full(1, 3)
	ctx := limit(t, full(4*time.Minute, 9*time.Minute))
	r := random(t)
	c := kafka(t)
	topic := newTopic(ctx, t, c, 6)
	a := newAgent(t, c.Brokers(), topic, config{})
	a.start()
	w := startWriters(ctx, t, sources(a, r.Uint64, 8, 256<<10, 1<<20)...)
	a.run(2 * time.Second)
	begun := time.Now()
	for range kills {
		node := c.Nodes[r.IntN(len(c.Nodes))]
		must(t, node.Kill())
		a.run(time.Second)
		must(t, node.Start())
		must(t, c.WaitReady(ctx))
		must(t, c.WaitInSync(ctx))
		t.Logf("%.1f s: broker %d was killed, and all replicas are in sync again", time.Since(begun).Seconds(), node.ID)
		a.run(5 * time.Second)
	}
	for range stops {
		node := c.Nodes[r.IntN(len(c.Nodes))]
		must(t, node.Pause())
		a.run(20 * time.Second)
		must(t, node.Resume())
		must(t, c.WaitInSync(ctx))
		t.Logf("%.1f s: broker %d hung for 20 s, and all replicas are in sync again", time.Since(begun).Seconds(), node.ID)
		a.run(2 * time.Second)
	}
	w.reach(ctx, a, 100_000, 0)
	s, err := a.status(ctx)
	must(t, err)
	result := deliver(ctx, t, a, c, topic, w.stop())
	t.Logf("%d kills, %d stops: written=%d lost=%d duplicated=%d reordered=%d, possible duplicates by status %d",
		kills, stops, result.Written, result.Lost, result.Duplicated, result.Reordered, s.Routes[0].PossibleDuplicates)
	if result.Written < 100_000 {
		t.Errorf("too little happened: %d lines", result.Written)
	}
	if result.Duplicated > 0 {
		t.Errorf("%d lines are duplicated", result.Duplicated)
	}
}

// sources are n applications that write rate bytes a second each.
func sources(a *agent, seed func() uint64, n int, rate, rotate int64) []workload.Config {
	var all []workload.Config
	for i := range n {
		all = append(all, workload.Config{Dir: a.logs, Source: fmt.Sprintf("app%d", i), Seed: seed(), Rate: rate, RotateSize: rotate})
	}
	return all
}

// TestHungBrokerAndItsReplicas stops one broker of a cluster that misses it after
// 3 s. Until it is out of the sets of replicas in sync, and the other two are in them,
// nobody gets an acknowledgement; from then on everything goes on.
func TestHungBrokerAndItsReplicas(t *testing.T) {
	ctx := limit(t, 4*time.Minute)
	r := random(t)
	c, err := cluster.Start(ctx, filepath.Join(t.TempDir(), "kafka"), cluster.Options{
		Properties: map[string]string{"broker.session.timeout.ms": "3000"},
	})
	must(t, err)
	t.Cleanup(func() { _ = c.Close() })
	topic := newTopic(ctx, t, c, 6)
	a := newAgent(t, c.Brokers(), topic, config{})
	a.start()
	const writing = 12
	w := startWriters(ctx, t, sources(a, r.Uint64, writing, 64<<10, 1<<30)...)
	a.run(3 * time.Second)

	hung := c.Nodes[r.IntN(len(c.Nodes))]
	must(t, hung.Pause())
	at := time.Now()
	waitWithout(ctx, t, c, topic, hung)
	changed := time.Now()
	before := watermarks(t, a)
	back := make(map[uint64]time.Duration)
	least, most := changed.Add(full(15*time.Second, time.Minute)), changed.Add(time.Minute)
	for ; time.Now().Before(least) || (len(back) < writing && time.Now().Before(most)); a.run(50 * time.Millisecond) {
		for inode, offset := range watermarks(t, a) {
			if _, ok := back[inode]; !ok && offset > before[inode] {
				back[inode] = time.Since(changed)
			}
		}
	}
	var delays []time.Duration
	for _, d := range back {
		delays = append(delays, d)
	}
	slices.Sort(delays)
	must(t, hung.Resume())
	a.run(2 * time.Second)
	result := deliver(ctx, t, a, c, topic, w.stop())
	if len(delays) < writing {
		t.Fatalf("only %d of %d logs went on", len(delays), writing)
	}
	t.Logf("replicas changed %.1f s after the broker hung; then logs went on after %.1f s (median), the last after %.1f s",
		changed.Sub(at).Seconds(), delays[len(delays)/2].Seconds(), delays[len(delays)-1].Seconds())
	if worst := delays[len(delays)-1]; worst > full(20*time.Second, 10*time.Second) { // the share runs beside other tests
		t.Errorf("the last log went on %v after the replicas had changed", worst)
	}
	if result.Duplicated > 0 {
		t.Errorf("%d lines are duplicated", result.Duplicated)
	}
}

// watermarks are the offsets of all files, by inode.
func watermarks(t *testing.T, a *agent) map[uint64]int64 {
	t.Helper()
	state, err := checkpoint.Read(a.stateDir())
	must(t, err)
	all := make(map[uint64]int64)
	for _, g := range state.Generations {
		for _, w := range g.Watermarks {
			all[g.Inode] = max(all[g.Inode], w.Offset)
		}
	}
	return all
}

// waitWithout waits until no partition of the topic counts on a node, and each has as many
// others as it wants. If the node was the controller, these may be missed, too, at first:
// there is no leader then, and one replica for half a minute.
func waitWithout(ctx context.Context, t *testing.T, c *cluster.Cluster, topic string, hung *cluster.Node) {
	t.Helper()
	var alive []string
	for _, n := range c.Nodes {
		if n != hung {
			alive = append(alive, n.Addr)
		}
	}
	client, err := kgo.NewClient(kgo.SeedBrokers(alive...))
	must(t, err)
	defer client.Close()
	for {
		req := kmsg.NewPtrMetadataRequest()
		rt := kmsg.NewMetadataRequestTopic()
		rt.Topic = &topic
		req.Topics = append(req.Topics, rt)
		resp, err := client.SeedBrokers()[0].Request(ctx, req)
		must(t, err)
		answer, ok := resp.(*kmsg.MetadataResponse)
		if !ok {
			must(t, errors.New("no metadata"))
		}
		partitions := answer.Topics[0].Partitions
		waits := slices.ContainsFunc(partitions, func(p kmsg.MetadataResponseTopicPartition) bool {
			return p.Leader < 0 || p.Leader == int32(hung.ID) || slices.Contains(p.ISR, int32(hung.ID)) || len(p.ISR) < len(alive)
		})
		if !waits && len(partitions) > 0 {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
}
