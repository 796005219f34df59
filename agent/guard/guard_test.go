package guard

import (
	"log/slog"
	"maps"
	"testing"
	"time"

	"shipper/agent/config"
	"shipper/agent/failover"
	"shipper/agent/failover/recall"
	"shipper/agent/pipeline"
	"shipper/checkpoint"
	"shipper/outputs"
)

// place is an output that puts lines aside, if anybody asked it to.
type place struct {
	outputs.Output
	failover.Store
}

func (*place) Shape() outputs.Shape { return outputs.Shape{BatchBytes: 1} }

// TestOneOwner: a guard that is renewed and the one before it, which is tended until the
// new one is in force, do a transition once, and the stall does not begin anew.
func TestOneOwner(t *testing.T) {
	log := slog.New(slog.DiscardHandler)
	store, err := checkpoint.Open(t.TempDir(), checkpoint.Options{Log: log})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = store.Close() }()
	open := func(name string) *pipeline.Pipeline {
		return pipeline.New(pipeline.Config{Name: name, Parts: pipeline.Parts{Output: &place{}}, Lanes: 1, Buffer: 1, Store: store, Log: log})
	}
	of, to, other := open("of"), open("to"), open("other")
	before := Renew(nil, &config.Failover{After: time.Hour}, of, to, store, log)
	defer before.End()
	shard, now := outputs.Shard{Topic: "t"}, time.Now()
	tick := func(g *Guard) []outputs.Shard {
		now = now.Add(time.Minute)
		return g.keeper.Tick(now, map[outputs.Shard]failover.Signs{shard: {Troubled: true, Runway: -1}})
	}
	tick(before)
	g := Renew(before, &config.Failover{After: 2 * time.Minute, OnReturned: "delete", ReturnRate: 1}, of, other, store, log)
	for i, by := range []*Guard{before, before, g, before, g} {
		if diverts := len(tick(by)) == 1; diverts != (i > 0) {
			t.Errorf("after %d minutes it diverts: %v", i+1, diverts)
		}
	}
	want := map[string]int64{"healthy → stalled": 1, "stalled → diverting": 1}
	for _, by := range []*Guard{before, g} {
		if s := by.Status(nil); len(s.Shards) != 1 || !maps.Equal(s.Edges, want) {
			t.Errorf("shards %v, edges %v", s.Shards, s.Edges)
		}
	}
	if where, _ := other.Place(); g.To() != other || g.keeper.Store() != where || g.keeper.Pace() == nil {
		t.Error("the new settings are not in force")
	}
}

// TestOwed: what a failover has aside is due from the beginning of a new state on, though
// the process ends before anything is built, and not where a state was found.
func TestOwed(t *testing.T) {
	dir := t.TempDir()
	var kafka config.Kafka
	cfg := &config.Config{Outputs: []*config.Output{{Label: "plain", Kafka: &kafka}, {Label: "safe", Kafka: &config.Kafka{Failover: &config.Failover{}}}}}
	for _, config := range []*config.Config{cfg, {}} {
		store, err := checkpoint.Open(dir, checkpoint.Options{Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		Owe(store, config)
		if notes := store.State().Notes; len(notes) != 1 || notes[recall.Note(cfg.Outputs[1].Name())] == "" {
			t.Errorf("notes %v", notes)
		}
		if err := store.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
