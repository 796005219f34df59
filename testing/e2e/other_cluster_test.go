package e2e

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"shipper/testing/port"
)

// fakeCluster is a cluster of one broker that can be exchanged for another at the
// same address.
type fakeCluster struct {
	t    *testing.T
	port int
	now  *kfake.Cluster
}

func newFakeCluster(t *testing.T) *fakeCluster {
	t.Helper()
	found, err := port.Free(1)
	must(t, err)
	c := &fakeCluster{t: t, port: found[0]}
	t.Cleanup(func() { c.end() })
	return c
}

func (c *fakeCluster) addr() string { return fmt.Sprintf("127.0.0.1:%d", c.port) }

func (c *fakeCluster) end() {
	if c.now != nil {
		c.now.Close()
	}
	c.now = nil
}

// become ends the cluster, if one is there, and begins an empty one with this id.
func (c *fakeCluster) become(id string) {
	c.t.Helper()
	c.end()
	var err error
	c.now, err = kfake.NewCluster(kfake.NumBrokers(1), kfake.Ports(c.port), kfake.ClusterID(id), kfake.SeedTopics(1, "lines"))
	must(c.t, err)
}

// wait reads the topic until it holds as many lines as wanted, and compares.
func (c *fakeCluster) wait(ctx context.Context, want ...string) {
	c.t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(c.addr()), kgo.ConsumeTopics("lines"),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	must(c.t, err)
	defer client.Close()
	var got []string
	for len(got) < len(want) {
		f := client.PollFetches(ctx)
		if ctx.Err() != nil {
			c.t.Fatalf("the topic holds %q, want %q", got, want)
		}
		f.EachRecord(func(r *kgo.Record) { got = append(got, string(r.Value)) })
	}
	if !slices.Equal(got, want) {
		c.t.Fatalf("the topic holds %q, want %q", got, want)
	}
}

// empty fails if the topic holds anything.
func (c *fakeCluster) empty() {
	c.t.Helper()
	if info := c.now.PartitionInfo("lines", 0); info.HighWatermark > 0 {
		c.t.Fatalf("the topic holds %d records", info.HighWatermark)
	}
}

// append adds lines to the agent's only log.
func (a *agent) append(lines ...string) {
	a.t.Helper()
	f, err := os.OpenFile(a.log(), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o644)
	must(a.t, err)
	_, err = f.WriteString(strings.Join(lines, "\n") + "\n")
	must(a.t, errors.Join(err, f.Close()))
}

func (a *agent) log() string { return filepath.Join(a.logs, "only.log") }

// does runs a command of the program and returns what it says; its exit code
// must be as wanted.
func (a *agent) does(ctx context.Context, code int, args ...string) string {
	a.t.Helper()
	cmd := a.command(ctx, args[0], args[1:]...)
	out, err := cmd.CombinedOutput()
	got := 0
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		got = exit.ExitCode()
	} else {
		must(a.t, err)
	}
	if got != code {
		a.t.Fatalf("%q ends with %d, want %d: %s", args, got, code, out)
	}
	return strings.Join(strings.Fields(string(out)), " ")
}

// TestAnotherClusterUnderTheSameName exchanges the cluster behind an output, while
// the agent is stopped and while it runs: nothing is shipped to the other one
// until a person has said what is meant, and each answer does what it says.
func TestAnotherClusterUnderTheSameName(t *testing.T) {
	t.Parallel()
	ctx := limit(t, 4*time.Minute)
	c := newFakeCluster(t)
	a := newAgent(t, []string{c.addr()}, "lines", config{kafka: "min_insync_replicas = 1\nreplication_factor = 1"})
	held := func(was, is string) {
		t.Helper()
		words := fmt.Sprintf("acknowledged by cluster %s, this is %s", was, is)
		a.waitFor(ctx, "the route is held: "+words, func() bool {
			s, err := a.status(ctx)
			return err == nil && s.Routes[0].State == "held" && strings.Contains(s.Routes[0].Held, words)
		})
		if text := a.does(ctx, 0, "status"); !strings.Contains(text, "HELD: another cluster answers") || !strings.Contains(text, words) {
			t.Errorf("status says %s", text)
		}
		a.waitFor(ctx, "explain says why", func() bool {
			return strings.Contains(a.does(ctx, 0, "explain", a.log()), words)
		})
		a.run(time.Second)
		c.empty()
	}
	// A new deployment whose broker is down at first takes the cluster that comes.
	a.append("one", "two")
	a.start()
	a.waitForStatus(ctx, "refused")
	c.become("first")
	c.wait(ctx, "one", "two")
	a.append("three")
	c.wait(ctx, "one", "two", "three")
	if text := a.does(ctx, 4, "checkpoint", "adopt", "--route", "app:kafka.main"); !strings.Contains(text, "an agent is running") {
		t.Errorf("adopt says %s", text)
	}
	a.stop(40 * time.Second)

	// Another one after a restart: adopt goes on from the offsets.
	c.become("second")
	a.append("four")
	a.start()
	held("first", "second")
	if n := a.timesLogged("route waits for a decision"); n != 1 {
		t.Errorf("logged %d times", n)
	}
	a.stop(40 * time.Second)
	if text := a.does(ctx, 0, "checkpoint", "adopt", "--route", "app:kafka.main"); !strings.Contains(text, "cluster first") {
		t.Errorf("adopt says %s", text)
	}
	a.start()
	c.wait(ctx, "four")

	// Another one while the agent runs: it is held without having sent anything.
	// The agent was idle meanwhile and has asked nobody.
	c.become("third")
	a.append("five")
	held("second", "third")
	a.stop(40 * time.Second)
	if text := a.does(ctx, 0, "checkpoint", "list"); !strings.Contains(text, "cluster second") {
		t.Errorf("list says %s", text)
	}
	a.does(ctx, 0, "checkpoint", "reset", "--all", "--route", "app:kafka.main")
	a.start()
	c.wait(ctx, "one", "two", "three", "four", "five")
	a.stop(40 * time.Second)

	// The broker is down at the start of a route that has a cluster: when its own
	// is back, it goes on by itself.
	c.end()
	a.append("six")
	a.start()
	a.waitForStatus(ctx, "refused")
	c.become("third")
	c.wait(ctx, "six")
	a.stop(40 * time.Second)
}
