package ship

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"

	"shipper/agent/config"
	"shipper/agent/restore"
	"shipper/agent/restore/cut"
	"shipper/inputs"
	"shipper/outputs"
	"shipper/outputs/outputtest"
	"shipper/outputs/quarantine"
)

// generation is of a log that goes to the topic events.
var generation = &inputs.Generation{ID: 7, Stream: &inputs.Stream{Name: "log", Topic: "events"}}

// picky is an output that takes no record with "poison" in it, and only so many.
type picky struct {
	outputs.Output
	most  int
	names bool // it says which record is to blame
	lost  int  // answers that get lost
	took  []string
}

func (o *picky) Write(_ context.Context, batches []*outputs.Batch) {
	b := batches[0]
	seg := &b.Segments[0]
	fate := &b.Fate
	fate.State, fate.Class, fate.Err = outputs.Refused, outputs.RecordError, errors.New("no")
	if b.Len() > o.most {
		fate.TooLarge = true
		return
	}
	for i := range seg.Len() {
		if _, v, _ := seg.At(i); strings.Contains(string(v), "poison") {
			if o.names {
				fate.Rejected = append(fate.Rejected, outputs.RecordRange{First: i, Count: 1, Reason: "it is poison"})
				continue
			}
			return
		}
	}
	if len(fate.Rejected) > 0 {
		return
	}
	if !b.Repeat {
		o.took = append(o.took, outputtest.Told(*seg)...)
	}
	if fate.State = outputs.Acked; o.lost > 0 {
		o.lost--
		fate.State, fate.Class = outputs.Unresolved, outputs.Transient
	}
}

type grave struct{ buried []string }

func (g *grave) Put(_ context.Context, r *quarantine.Record) error {
	g.buried = append(g.buried, fmt.Sprintf("%d %s", r.Offset, r.Value))
	return nil
}
func (g *grave) Close(context.Context) error { return nil }

// TestDeliver: what the output refuses for ever goes to quarantine, alone; an answer
// that is lost has exactly the same records repeated.
func TestDeliver(t *testing.T) {
	for _, o := range []*picky{{most: 100, names: true}, {most: 100}, {most: 2}, {most: 100, names: true, lost: 2}} {
		g := &grave{}
		s := &sender{run: &run{plan: &restore.Plan{Output: "kafka.out"}, quarantine: g}, out: o}
		seg := outputtest.Lines(generation, 0, "a", "poison", "b", "c", "poison too", "d")
		part, _ := new(cut.Choice).Part(&seg, cut.Records(&seg), 0, 1000, 0)
		gone, err := s.deliver(t.Context(), part)
		if gone || err != nil {
			t.Fatal(gone, err)
		}
		if want := []string{"0 a", "9 b", "11 c", "24 d"}; !reflect.DeepEqual(o.took, want) {
			t.Errorf("%+v: took %q, want %q", o, o.took, want)
		}
		if want := []string{"2 poison", "13 poison too"}; !reflect.DeepEqual(g.buried, want) {
			t.Errorf("%+v: buried %q, want %q", o, g.buried, want)
		}
	}
}

// TestOneRate: the records of all agents are sent within one rate, and none is left to
// an agent of which nothing is sent.
func TestOneRate(t *testing.T) {
	fake, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, "events"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(fake.Close)
	r := &run{
		out: &config.Output{Kind: "kafka", Label: "out", Kafka: &config.Kafka{
			Brokers: fake.ListenAddrs(), Compression: "none", MaxRate: 1000, MinInSyncReplicas: 1, ReplicationFactor: 1,
		}},
		plan: &restore.Plan{}, log: slog.New(slog.DiscardHandler), outputs: map[string]outputs.Output{},
	}
	t.Cleanup(func() {
		for _, out := range r.outputs {
			_ = out.Close(context.Background()) // nothing is under way
		}
	})
	write := func(ctx context.Context, agent, line string) outputs.Fate {
		out, err := r.output(agent)
		if err != nil {
			t.Fatal(err)
		}
		s, err := r.shard(t.Context(), out, agent, generation.Stream)
		if err != nil {
			t.Fatal(err)
		}
		b := outputs.Batch{Shard: s, Segments: []inputs.Segment{outputtest.Lines(generation, 0, line)}, Time: time.Now()}
		out.Write(ctx, []*outputs.Batch{&b})
		return b.Fate
	}
	long := strings.Repeat("x", 300_000) // five minutes' worth, which goes at once
	if fate := write(t.Context(), "agent-1", long); fate.State != outputs.Acked {
		t.Fatalf("%v, %v", fate.State, fate.Err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	if fate := write(ctx, "agent-2", "short"); fate.State == outputs.Acked {
		t.Error("another agent's record went beside it")
	}
}
