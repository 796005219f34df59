package e2e

import (
	"fmt"
	"testing"
	"time"

	"shipper/testing/workload"
)

const unlinked = "unlinked" // status of a file whose last name is gone

// TestDeletedWhileKafkaHangs stops all brokers while logs rotate and their old
// generations are deleted unread: only the agent's descriptors hold them.
func TestDeletedWhileKafkaHangs(t *testing.T) {
	ctx := limit(t, 3*time.Minute)
	r := random(t)
	c := kafka(t)
	topic := newTopic(ctx, t, c, 4)
	a := newAgent(t, c.Brokers(), topic, config{})
	a.start()
	w := startWriters(ctx, t,
		workload.Config{Dir: a.logs, Source: "numbered", Seed: r.Uint64(), Rate: 2 << 20, RotateSize: 512 << 10, Keep: 3},
		workload.Config{Dir: a.logs, Source: "dated", Seed: r.Uint64(), Rate: 2 << 20, RotateSize: 512 << 10, Keep: 3, Scheme: workload.Dated},
	)
	a.run(2 * time.Second)
	for _, n := range c.Nodes {
		must(t, n.Pause())
	}
	a.run(6 * time.Second)
	w.reach(ctx, a, 0, 2*(4+8)+16) // each keeps 4, and wrote some before
	held, bytes := 0, int64(0)
	s, err := a.status(ctx)
	for _, n := range c.Nodes {
		must(t, n.Resume())
	}
	must(t, err)
	for _, f := range s.Files {
		if f.State == unlinked && f.Routes[0].LagBytes > 0 {
			held++
			bytes += f.Routes[0].LagBytes
		}
	}
	a.run(3 * time.Second)
	w.reach(ctx, a, 0, 50)
	journals := w.stop()
	result := deliver(ctx, t, a, c, topic, journals)
	deleted := journals[0].Deleted + journals[1].Deleted
	t.Logf("%d generations deleted; while Kafka hung %d of them held %s that nobody else has",
		deleted, held, mib(bytes))
	if deleted < 40 || held < 15 {
		t.Errorf("too little happened: %d generations deleted, %d of them unread", deleted, held)
	}
	if result.Duplicated > 0 {
		t.Errorf("%d lines are duplicated", result.Duplicated)
	}
}

// TestBrokerThatHangs stops one broker under load without ending it.
func TestBrokerThatHangs(t *testing.T) {
	const pause = 15 * time.Second
	ctx := limit(t, 4*time.Minute)
	r := random(t)
	c := kafka(t)
	topic := newTopic(ctx, t, c, 4)
	a := newAgent(t, c.Brokers(), topic, config{})
	a.start()
	var configs []workload.Config
	for i := range 8 {
		configs = append(configs, workload.Config{
			Dir: a.logs, Source: fmt.Sprintf("app%d", i), Seed: r.Uint64(), Rate: 512 << 10, RotateSize: 1 << 20,
		})
	}
	w := startWriters(ctx, t, configs...)
	a.run(2 * time.Second)
	node := c.Nodes[r.IntN(len(c.Nodes))]
	must(t, node.Pause())
	t.Logf("broker %d hangs", node.ID)
	var behind, duplicates int64
	for until := time.Now().Add(pause); time.Now().Before(until); a.run(500 * time.Millisecond) {
		s, err := a.status(ctx)
		must(t, err)
		behind, duplicates = max(behind, s.Routes[0].LagBytes), s.Routes[0].PossibleDuplicates
	}
	must(t, node.Resume())
	a.run(2 * time.Second)
	w.reach(ctx, a, 300_000, 0)
	result := deliver(ctx, t, a, c, topic, w.stop())
	t.Logf("at worst %s behind; possible duplicates by status: %d", mib(behind), duplicates)
	if result.Written < 300_000 || behind < 1<<20 {
		t.Errorf("too little happened: %d lines, at worst %d bytes behind", result.Written, behind)
	}
	if result.Duplicated > 0 {
		t.Errorf("%d lines are duplicated", result.Duplicated)
	}
	must(t, c.WaitInSync(ctx))
}
