package e2e

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"shipper/testing/port"
	"shipper/testing/workload"
)

// TestTopicThatAppearsLater lets lines wait for a topic that is not there.
func TestTopicThatAppearsLater(t *testing.T) {
	ctx := limit(t, 4*time.Minute)
	c := kafka(t)
	topic := topicName(t)
	a := newAgent(t, c.Brokers(), topic, config{})
	j := write(t, workload.Config{Dir: a.logs, Source: "app", Bytes: 2 << 20, RotateSize: 1 << 20})
	a.start()
	a.waitFor(ctx, "the log names the topic that is missing", func() bool { return a.logged(topic) })
	a.waitForStatus(ctx, topic)
	newTopic(ctx, t, c, 2)
	if r := deliver(ctx, t, a, c, topic, []workload.Journal{j}); r.Duplicated > 0 {
		t.Errorf("%d lines are duplicated", r.Duplicated)
	}
}

// TestSoftStop ends the agent under load: what was under way is finished, so
// that its next life repeats nothing.
func TestSoftStop(t *testing.T) {
	ctx := limit(t, 4*time.Minute)
	r := random(t)
	c := kafka(t)
	topic := newTopic(ctx, t, c, 4)
	const patience = 10 * time.Second
	a := newAgent(t, c.Brokers(), topic, config{agent: `  shutdown_timeout = "10s"`})
	a.start()
	w := startWriters(ctx, t,
		workload.Config{Dir: a.logs, Source: "app1", Seed: r.Uint64(), Rate: 4 << 20, RotateSize: 1 << 20},
		workload.Config{Dir: a.logs, Source: "app2", Seed: r.Uint64(), Rate: 4 << 20, RotateSize: 1 << 20, Scheme: workload.Dated})
	for range 3 {
		a.run(2 * time.Second)
		took := a.stop(patience + 20*time.Second)
		t.Logf("stopped within %v", took)
		a.start()
	}
	a.run(time.Second)
	result := deliver(ctx, t, a, c, topic, w.stop())
	if result.Duplicated > 0 {
		t.Errorf("%d lines are duplicated by soft stops", result.Duplicated)
	}
	if result.Written < 50_000 {
		t.Errorf("too little happened: %d lines", result.Written)
	}
}

// TestSecondAgentIsRefused starts two agents with one state directory.
func TestSecondAgentIsRefused(t *testing.T) {
	ctx := limit(t, 4*time.Minute)
	c := kafka(t)
	topic := newTopic(ctx, t, c, 2)
	a := newAgent(t, c.Brokers(), topic, config{})
	a.start()
	a.waitFor(ctx, "the agent answers", func() bool { _, err := a.status(ctx); return err == nil })

	soon, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	cmd := a.command(soon, "run")
	out, err := cmd.CombinedOutput()
	const held = 4 // documented by `shipper --help`
	if code := cmd.ProcessState.ExitCode(); code != held {
		t.Errorf("the second agent: %v, want exit status %d\n%s", err, held, out)
	}
	if !strings.Contains(string(out), a.stateDir()) {
		t.Errorf("the message does not name the state directory:\n%s", out)
	}

	j := write(t, workload.Config{Dir: a.logs, Source: "app", Bytes: 1 << 20})
	if r := deliver(ctx, t, a, c, topic, []workload.Journal{j}); r.Duplicated > 0 {
		t.Errorf("%d lines are duplicated", r.Duplicated)
	}
}

// TestWrongBrokerAddress has one output that leads nowhere beside one that
// works.
func TestWrongBrokerAddress(t *testing.T) {
	ctx := limit(t, 4*time.Minute)
	c := kafka(t)
	topic := newTopic(ctx, t, c, 2)
	nowhere, err := port.Address()
	must(t, err)
	dir := t.TempDir()
	a := newAgent(t, c.Brokers(), topic, config{others: `
input "logfile" "other" {
  paths  = ["` + filepath.Join(dir, "*.log") + `"]
  output = output.kafka.nowhere
  topic  = "` + topic + `"
}

output "kafka" "nowhere" {
  brokers = ["` + nowhere + `"]
}
`})
	write(t, workload.Config{Dir: dir, Source: "stuck", Bytes: 1 << 20})
	a.start()
	j := write(t, workload.Config{Dir: a.logs, Source: "app", Bytes: 8 << 20, RotateSize: 1 << 20})
	a.waitFor(ctx, "the log names the address that is wrong", func() bool { return a.logged(nowhere) })
	a.waitForStatus(ctx, nowhere)
	deliver(ctx, t, a, c, topic, []workload.Journal{j})
}

// TestOddFiles puts things that are no log files among those that are, and one
// that may not be read, until it may.
func TestOddFiles(t *testing.T) {
	ctx := limit(t, 4*time.Minute)
	c := kafka(t)
	topic := newTopic(ctx, t, c, 2)
	a := newAgent(t, c.Brokers(), topic, config{input: `  scan_interval = "1s"`})
	must(t, os.Mkdir(filepath.Join(a.logs, "directory.log"), 0o755))
	must(t, syscall.Mkfifo(filepath.Join(a.logs, "fifo.log"), 0o644))
	must(t, os.Symlink("nothing", filepath.Join(a.logs, "dangling.log")))
	must(t, os.Symlink("loop.log", filepath.Join(a.logs, "loop.log")))
	closed := workload.Config{Dir: a.logs, Source: "closed", Bytes: 1 << 20}
	readOnly := workload.Config{Dir: a.logs, Source: "readonly", Bytes: 1 << 20}
	journals := []workload.Journal{
		write(t, closed), write(t, readOnly),
		write(t, workload.Config{Dir: a.logs, Source: "good", Bytes: 1 << 20}),
	}
	must(t, os.Chmod(readOnly.LogPath(), 0o444))
	must(t, os.Chmod(closed.LogPath(), 0))
	if os.Geteuid() == 0 { // who may read everything
		const nobody = 65534
		a.user = &syscall.Credential{Uid: nobody, Gid: nobody}
		must(t, os.Chown(a.stateDir(), nobody, nobody))
		must(t, os.Chmod(filepath.Dir(a.dir), 0o755))
		must(t, os.Chmod(a.dir, 0o755))
	}
	a.start()
	a.waitFor(ctx, "the log names the file that may not be read", func() bool {
		return a.logged(closed.LogPath(), "permission denied")
	})
	a.waitForStatus(ctx, closed.LogPath())
	for _, odd := range []string{"directory.log", "fifo.log", "dangling.log", "loop.log"} {
		a.waitForStatus(ctx, odd)
		a.warnedOnce(filepath.Join(a.logs, odd), "cure")
	}
	must(t, os.Chmod(closed.LogPath(), 0o644))
	if r := deliver(ctx, t, a, c, topic, journals); r.Duplicated > 0 {
		t.Errorf("%d lines are duplicated", r.Duplicated)
	}
}
