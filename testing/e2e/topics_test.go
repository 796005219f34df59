package e2e

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"shipper/outputs/kafka/spread"
	"shipper/testing/cluster"
	"shipper/testing/oracle"
	"shipper/testing/workload"
)

// topics runs `shipper topics` and returns what it says.
func (a *agent) topics(ctx context.Context, verb string, exit int) string {
	a.t.Helper()
	cmd := a.command(ctx, "topics")
	cmd.Args = append(cmd.Args[:2], append([]string{verb}, cmd.Args[2:]...)...)
	out, err := cmd.CombinedOutput()
	if code := cmd.ProcessState.ExitCode(); code != exit {
		a.t.Fatalf("topics %s: exit code %d (%v), want %d\n%s", verb, code, err, exit, out)
	}
	return string(out)
}

// span is the sequences of one source in one partition.
type span struct{ first, last uint64 }

// TestTopicGrowsWithTheCluster declares a topic, has it created, adds a broker and
// grows the topic under load. The plan says exactly what is done, the new broker
// leads what is new, logs move there at quiet points, and each log stays in
// order, across its partitions too.
func TestTopicGrowsWithTheCluster(t *testing.T) {
	t.Parallel()
	const pending = 5 // exit code of plan
	ctx := limit(t, 3*time.Minute)
	r := random(t)
	c, err := cluster.Start(ctx, filepath.Join(t.TempDir(), "kafka"), cluster.Options{})
	must(t, err)
	t.Cleanup(func() { must(t, c.Close()) })
	topic := topicName(t)
	a := newAgent(t, c.Brokers(), topic, config{
		agent: `  id = "e2e"`,
		kafka: `  metadata_max_age = "1s"`,
		others: fmt.Sprintf(`topic %q {
  partitions_per_broker = 2
  replication_factor    = 3
  min_insync_replicas   = 2
  retention             = "24h"
}`, topic),
	})
	must(t, c.WaitReady(ctx))
	create := fmt.Sprintf("create topic %s with 6 partitions, replication factor 3, min.insync.replicas=2, retention.ms=86400000; "+
		"of the new ones broker 1 leads 2, broker 2 leads 2, broker 3 leads 2", topic)
	says(t, a.topics(ctx, "plan", pending), "to do    "+create)
	says(t, a.topics(ctx, "apply", 0), "done     "+create)
	says(t, a.topics(ctx, "plan", 0), "as declared")
	says(t, a.topics(ctx, "apply", 0), "as declared")

	var configs []workload.Config
	movers, stayers := a.movers(topic, 6)
	for _, source := range append(movers, stayers...) {
		configs = append(configs, workload.Config{
			Dir: a.logs, Source: source, Seed: r.Uint64(), Rate: 64 << 10, RotateSize: 128 << 10,
		})
	}
	a.start()
	w := startWriters(ctx, t, configs...)
	a.run(4 * time.Second)

	_, err = c.Add(ctx)
	must(t, err)
	grow := fmt.Sprintf("grow topic %s from 6 to 8 partitions; of the new ones broker 4 leads 2", topic)
	says(t, a.topics(ctx, "plan", pending), "to do    "+grow)
	says(t, a.topics(ctx, "apply", 0), "done     "+grow)
	says(t, a.topics(ctx, "plan", 0), "as declared")
	says(t, a.topics(ctx, "apply", 0), "as declared")
	a.waitFor(ctx, "logs go to the new partitions", func() bool { return a.timesLogged("goes to another partition") >= len(movers) })
	a.run(3 * time.Second)

	journals := w.stop()
	found := newTally(t, c, topic, journals)
	spans := map[string]map[int32]*span{}
	records := map[int32]int{}
	add := found.checker.Add
	must(t, a.everything(ctx, found, func(rec oracle.Record) {
		add(rec)
		records[rec.Partition]++
		line, err := workload.ParseLine(rec.Value)
		must(t, err)
		note(spans, string(line.Source), rec.Partition, line.Sequence)
	}))
	a.stop(40 * time.Second)
	result := found.judge(ctx)
	for source, in := range spans {
		moves := slices.Contains(movers, source)
		if len(in) > 2 || (len(in) == 2) != moves {
			t.Errorf("%s is in %d partitions, and is to move: %v", source, len(in), moves)
		}
		for p, old := range in {
			for q, other := range in {
				if p < q && (p >= 6 || q < 6 || old.last >= other.first) {
					t.Errorf("%s: lines %d to %d in partition %d, %d to %d in %d", source, old.first, old.last, p, other.first, other.last, q)
				}
			}
		}
	}
	t.Logf("e2e-topics: written=%d lost=%d reordered=%d duplicated=%d rotations=%d logs=%d moved=%d new_partition_records=%d",
		result.Written, result.Lost, result.Reordered, result.Duplicated, result.Rotations, len(configs), len(movers), records[6]+records[7])
	if result.Duplicated > 0 || int(result.Rotations) < 3*len(configs) {
		t.Errorf("%d duplicates, %d rotations", result.Duplicated, result.Rotations)
	}
}

// movers are names of so many logs that go to one of two new partitions when the
// topic grows from 6 to 8, and of as many that do not.
func (a *agent) movers(topic string, n int) (movers, stayers []string) {
	choice := spread.Spread{Agent: "e2e"}
	for i := 0; len(movers) < n || len(stayers) < n; i++ {
		name := fmt.Sprintf("app%03d", i)
		stream := filepath.Join(a.logs, name+".log")
		to := &stayers
		if choice.Of(stream, topic, 6) != choice.Of(stream, topic, 8) {
			to = &movers
		}
		if len(*to) < n {
			*to = append(*to, name)
		}
	}
	return movers, stayers
}

// everything reads what is in the topic until no line is missing.
func (a *agent) everything(ctx context.Context, f *tally, add func(oracle.Record)) error {
	for {
		if err := f.reader.ReadToEnd(ctx, add); err != nil || f.checker.Missing() == 0 {
			return err
		}
		a.run(100 * time.Millisecond)
	}
}

func note(spans map[string]map[int32]*span, source string, partition int32, sequence uint64) {
	in := spans[source]
	if in == nil {
		in = map[int32]*span{}
		spans[source] = in
	}
	s := in[partition]
	if s == nil {
		s = &span{first: sequence, last: sequence}
		in[partition] = s
	}
	s.first, s.last = min(s.first, sequence), max(s.last, sequence)
}

func says(t *testing.T, text, want string) {
	t.Helper()
	if !strings.Contains(text, want) {
		t.Fatalf("%q is not in\n%s", want, text)
	}
}
