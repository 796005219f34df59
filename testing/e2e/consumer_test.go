package e2e

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"shipper/testing/consumer"
	"shipper/testing/oracle"
	"shipper/testing/workload"
)

// TestConsumerDropsDuplicates ships a file twice, as after state that was lost, and
// has the sample consumer read it, with a restart of its own in between: it hands
// every line on once.
func TestConsumerDropsDuplicates(t *testing.T) {
	t.Parallel()
	ctx := limit(t, 4*time.Minute)
	c := kafka(t)
	topic := newTopic(ctx, t, c, 3)
	a := newAgent(t, c.Brokers(), topic, config{})
	j := write(t, workload.Config{Dir: a.logs, Source: "app", Bytes: 2 << 20})
	journals := []workload.Journal{j}
	a.start()
	deliver(ctx, t, a, c, topic, journals)

	checker, err := oracle.NewChecker(journals)
	must(t, err)
	read := func(enough func() bool) {
		t.Helper()
		client, err := consumer.New(c.Brokers(), topic, "sample-"+topic, 1<<20)
		must(t, err)
		defer client.Close()
		for quiet := 0; quiet < 3 || !enough(); {
			n := 0
			soon, cancel := context.WithTimeout(ctx, 2*time.Second)
			err := client.Poll(soon, func(r *kgo.Record) error {
				n++
				checker.Add(oracle.Record{Partition: r.Partition, Offset: r.Offset, Value: r.Value})
				return nil
			})
			cancel()
			if err != nil && !errors.Is(err, context.DeadlineExceeded) {
				t.Fatal(err)
			}
			must(t, ctx.Err())
			if quiet++; n > 0 {
				quiet = 0
			}
		}
	}
	read(func() bool { return checker.Missing() == 0 })
	first := checker.Result()

	reset := a.command(ctx, "checkpoint")
	reset.Args = append(reset.Args[:2], append([]string{"reset", filepath.Join(a.logs, "app.log")}, reset.Args[2:]...)...)
	if out, err := reset.CombinedOutput(); err != nil {
		t.Fatalf("checkpoint reset: %v\n%s", err, out)
	}
	a.start()
	raw := newTally(t, c, topic, journals)
	a.waitFor(ctx, "every line is there twice", func() bool {
		must(t, raw.reader.ReadToEnd(ctx, raw.checker.Add))
		return raw.checker.Result().Duplicated >= j.Lines
	})
	a.stop(40 * time.Second)
	read(func() bool { return true })
	last := checker.Result()
	t.Logf("e2e-consumer: lines=%d in_topic=%d handed_on=%d after_restart=%d duplicated=%d",
		j.Lines, raw.checker.Result().Records, first.Records, last.Records, last.Duplicated)
	if first.Records != j.Lines || last.Records != j.Lines || last.Duplicated > 0 {
		t.Errorf("%d lines, %d were handed on, then %d", j.Lines, first.Records, last.Records)
	}
}
