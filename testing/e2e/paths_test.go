package e2e

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"shipper/testing/workload"
)

// anotherInput is a block that ships the files of a directory to the output
// kafka.main.
func anotherInput(label, dir, topic, lines string) string {
	return fmt.Sprintf(`
input "logfile" %q {
  paths  = [%q]
  output = output.kafka.main
  topic  = %q
%s
}
`, label, filepath.Join(dir, "*.log"), topic, lines)
}

// TestDirectoryThatAppearsLater has an input whose directories are made while
// the agent runs, beside one that works.
func TestDirectoryThatAppearsLater(t *testing.T) {
	t.Parallel()
	ctx := limit(t, 3*time.Minute)
	c := kafka(t)
	topic := newTopic(ctx, t, c, 2)
	later := filepath.Join(t.TempDir(), "not", "yet")
	a := newAgent(t, c.Brokers(), topic, config{others: anotherInput("later", later, topic, `  scan_interval = "1s"`)})
	a.start()
	a.waitForStatus(ctx, "does not exist")
	a.warnedOnce("does not exist", filepath.Dir(later), "paths")
	journals := []workload.Journal{write(t, workload.Config{Dir: a.logs, Source: "app", Bytes: 2 << 20, RotateSize: 1 << 20})}
	newTally(t, c, topic, journals).wait(ctx, a)

	must(t, os.MkdirAll(later, 0o755))
	journals = append(journals, write(t, workload.Config{Dir: later, Source: "later", Bytes: 2 << 20, RotateSize: 1 << 20}))
	newTally(t, c, topic, journals).wait(ctx, a)
	a.waitUntilCured(ctx, "does not exist")
	if r := deliver(ctx, t, a, c, topic, journals); r.Duplicated > 0 {
		t.Errorf("%d lines are duplicated", r.Duplicated)
	}
}

// TestFilesThatVanish makes and deletes files as fast as it can, so that many
// are gone between the agent's reading of the directory and its opening them.
func TestFilesThatVanish(t *testing.T) {
	t.Parallel()
	ctx := limit(t, 3*time.Minute)
	c := kafka(t)
	topic := newTopic(ctx, t, c, 2)
	a := newAgent(t, c.Brokers(), topic, config{input: `  scan_interval = "100ms"`})
	a.start()
	w := startWriters(ctx, t, workload.Config{Dir: a.logs, Source: "app", Rate: 2 << 20, RotateSize: 1 << 20})
	made := 0
	for until := time.Now().Add(4 * time.Second); time.Now().Before(until) || made < 1000; made++ {
		must(t, ctx.Err())
		path := filepath.Join(a.logs, fmt.Sprintf("brief%d.log", made))
		must(t, os.WriteFile(path, nil, 0o644))
		switch made % 3 {
		case 0:
			must(t, os.Remove(path))
		case 1: // gone from the glob, not from the disk
			must(t, os.Rename(path, filepath.Join(a.dir, "away")))
		case 2: // gone, and something else by the same name
			must(t, os.Remove(path))
			must(t, os.Mkdir(path, 0o755))
			must(t, os.Remove(path))
		}
	}
	a.mustRun()
	soon, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	a.waitUntilCured(soon, "brief")
	r := deliver(ctx, t, a, c, topic, w.stop())
	t.Logf("%d files came and went", made)
	if made < 1000 || r.Written < 10_000 {
		t.Errorf("too little happened: %d files, %d lines", made, r.Written)
	}
	if r.Duplicated > 0 {
		t.Errorf("%d lines are duplicated", r.Duplicated)
	}
	if n := a.timesLogged("brief"); n > 25 { // the limit is 20 a minute
		t.Errorf("%d lines of log about files that are gone", n)
	}
}
