package cluster

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"shipper/testing/oracle"
	"shipper/testing/workload"
)

const orphanDir = "SHIPPER_TEST_CLUSTER_DIR"

// TestMain is also the process that TestNodesDieWithTheirParent kills.
func TestMain(m *testing.M) {
	if dir := os.Getenv(orphanDir); dir != "" {
		c, err := Start(context.Background(), dir, Options{Nodes: 1})
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		fmt.Println(c.Nodes[0].proc.cmd.Process.Pid)
		select {}
	}
	os.Exit(m.Run())
}

func deadline(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), d)
	t.Cleanup(cancel)
	return ctx
}

// TestNothingAcknowledgedIsLost holds the tools of the end-to-end tests
// together, with a producer that is known to be good in place of the agent:
// what it delivers through kills and pauses must be found, and in order.
func TestNothingAcknowledgedIsLost(t *testing.T) {
	ctx := deadline(t, 4*time.Minute)
	begun := time.Now()
	c, err := Start(ctx, t.TempDir(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	t.Logf("three nodes after %.1f s", time.Since(begun).Seconds())
	if err := c.CreateTopic(ctx, "lines", 2, 3, map[string]string{"retention.ms": "-1"}); err != nil {
		t.Fatal(err)
	}
	if err := c.CreateTopic(ctx, "lines", 2, 3, nil); err == nil {
		t.Error("a topic was created twice")
	}

	producer, err := kgo.NewClient(kgo.SeedBrokers(c.Brokers()...), kgo.DefaultProduceTopic("lines"),
		kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err != nil {
		t.Fatal(err)
	}
	defer producer.Close()
	var journal workload.Journal
	journal.Source = "app"
	produce := func(n int) {
		t.Helper()
		var rs []*kgo.Record
		for range n {
			l := workload.Line{Source: []byte("app"), Sequence: journal.Lines}
			rs = append(rs, &kgo.Record{Partition: int32(journal.Lines % 2), Value: workload.AppendLine(nil, l, []byte("payload"))})
			journal.Lines++
		}
		if err := producer.ProduceSync(ctx, rs...).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}

	produce(1000)
	must(c.Nodes[0].Kill())
	if c.Nodes[0].Running() {
		t.Error("a killed node runs")
	}
	produce(1000)
	must(c.Nodes[0].Start())
	must(c.WaitReady(ctx))
	must(c.WaitInSync(ctx))
	produce(1000)
	must(c.Nodes[1].Pause())
	go func() {
		time.Sleep(2 * time.Second)
		if err := c.Nodes[1].Resume(); err != nil {
			t.Error(err)
		}
	}()
	produce(1000)
	must(c.WaitInSync(ctx))
	must(c.KillAll())
	begun = time.Now()
	must(c.StartAll(ctx))
	t.Logf("all nodes back after %.1f s", time.Since(begun).Seconds())
	produce(1000)

	journal.Done = true
	result, err := oracle.CheckTopic(ctx, c.Brokers(), "lines", []workload.Journal{journal})
	must(err)
	if !result.OK() || result.Duplicated != 0 || result.Written != 5000 {
		t.Errorf("%s\n%s", result.String(), strings.Join(result.Examples, "\n"))
	}
}

// TestNodesDieWithTheirParent kills a process that has started a cluster.
func TestNodesDieWithTheirParent(t *testing.T) {
	cmd := exec.CommandContext(deadline(t, 2*time.Minute), os.Args[0])
	cmd.Env = append(os.Environ(), orphanDir+"="+t.TempDir())
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(line))
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	for begun := time.Now(); time.Since(begun) < time.Minute; time.Sleep(50 * time.Millisecond) {
		if !alive(pid) {
			return
		}
	}
	t.Errorf("process %d outlived its parent", pid)
	_ = syscall.Kill(pid, syscall.SIGKILL)
}

// alive tells whether a process runs; a zombie does not.
func alive(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return false
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	return !strings.HasPrefix(rest, "Z")
}

func TestNodeThatCannotStartIsReported(t *testing.T) {
	ctx := deadline(t, time.Minute)
	c, err := Start(ctx, t.TempDir(), Options{Nodes: 1, Properties: map[string]string{"log.retention.check.interval.ms": "0"}})
	if err == nil {
		c.Close()
		t.Fatal("started with an impossible setting")
	}
	if !strings.Contains(err.Error(), "log.retention.check.interval.ms") {
		t.Errorf("the message does not name the setting: %v", err)
	}
}
