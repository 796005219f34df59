package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

const (
	topic      = "demo"
	partitions = 4
)

// kafka is the cluster that the demo ships to: the embedded one or a real one.
type kafka interface {
	Brokers() []string
	// Away makes every broker unreachable and returns what is worth telling.
	Away(ctx context.Context) (note string, err error)
	// Back undoes Away. It returns when the brokers are reachable again.
	Back(ctx context.Context) error
	Close()
}

// helper is the embedded cluster in a process of its own.
type helper struct {
	cmd     *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Reader
	brokers []string
}

func startHelper(ctx context.Context) (*helper, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("start broker process: %w", err)
	}
	h := &helper{cmd: exec.CommandContext(ctx, self, brokerCommand)}
	h.cmd.Stderr = os.Stderr
	if h.in, err = h.cmd.StdinPipe(); err != nil {
		return nil, fmt.Errorf("start broker process: %w", err)
	}
	out, err := h.cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("start broker process: %w", err)
	}
	h.out = bufio.NewReader(out)
	if err := h.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start broker process: %w", err)
	}
	addresses, err := h.answer()
	if err != nil {
		h.Close()
		return nil, err
	}
	h.brokers = strings.Split(addresses, ",")
	return h, nil
}

func (h *helper) answer() (string, error) {
	line, err := h.out.ReadString('\n')
	if err != nil {
		return "", fmt.Errorf("read from broker process: %w", err)
	}
	return strings.TrimSuffix(line, "\n"), nil
}

func (h *helper) tell(word string) (string, error) {
	if _, err := fmt.Fprintln(h.in, word); err != nil {
		return "", fmt.Errorf("write to broker process: %w", err)
	}
	return h.answer()
}

func (h *helper) Brokers() []string { return h.brokers }

func (h *helper) Away(context.Context) (string, error) {
	lost, err := h.tell("away")
	return lost + " answers lost after the append", err
}

func (h *helper) Back(context.Context) error {
	_, err := h.tell("back")
	return err
}

func (h *helper) Close() {
	_ = h.in.Close() // the helper ends with its input
	_ = h.cmd.Wait()
}

// newClient makes a client of the demo's own, with which it looks at the topic
// without asking the agent.
func newClient(k kafka, options ...kgo.Opt) (*kgo.Client, error) {
	cl, err := kgo.NewClient(append(options, kgo.SeedBrokers(k.Brokers()...))...)
	if err != nil {
		return nil, fmt.Errorf("make Kafka client: %w", err)
	}
	return cl, nil
}

// createTopic makes the topic as durable as the cluster allows.
func createTopic(ctx context.Context, cl *kgo.Client, brokers int) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	req := kmsg.NewPtrCreateTopicsRequest()
	req.TimeoutMillis = 20_000
	t := kmsg.NewCreateTopicsRequestTopic()
	t.Topic, t.NumPartitions, t.ReplicationFactor = topic, partitions, int16(min(brokers, 3))
	if brokers >= 3 {
		two := "2"
		c := kmsg.NewCreateTopicsRequestTopicConfig()
		c.Name, c.Value = "min.insync.replicas", &two
		t.Configs = append(t.Configs, c)
	}
	req.Topics = append(req.Topics, t)
	resp, err := req.RequestWith(ctx, cl)
	if err != nil {
		return fmt.Errorf("create topic %s: %w", topic, err)
	}
	for _, t := range resp.Topics {
		if err := kerr.ErrorForCode(t.ErrorCode); err != nil {
			return fmt.Errorf("create topic %s: %w", t.Topic, err)
		}
	}
	return nil
}

// records counts what is in the topic, duplicates included.
func records(ctx context.Context, cl *kgo.Client) (int64, error) {
	ends, err := endOffsets(ctx, cl)
	var n int64
	for _, end := range ends {
		n += end
	}
	return n, err
}

// endOffsets returns the offset behind the last record, by partition.
func endOffsets(ctx context.Context, cl *kgo.Client) (map[int32]int64, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	req := kmsg.NewPtrListOffsetsRequest()
	req.ReplicaID = -1
	t := kmsg.NewListOffsetsRequestTopic()
	t.Topic = topic
	for i := range int32(partitions) {
		p := kmsg.NewListOffsetsRequestTopicPartition()
		p.Partition, p.Timestamp = i, -1
		t.Partitions = append(t.Partitions, p)
	}
	req.Topics = append(req.Topics, t)
	resp, err := req.RequestWith(ctx, cl)
	if err != nil {
		return nil, fmt.Errorf("list end offsets: %w", err)
	}
	ends := map[int32]int64{}
	for _, t := range resp.Topics {
		for _, p := range t.Partitions {
			if err := kerr.ErrorForCode(p.ErrorCode); err != nil {
				return nil, fmt.Errorf("list end offsets of %s-%d: %w", t.Topic, p.Partition, err)
			}
			ends[p.Partition] = p.Offset
		}
	}
	if len(ends) != partitions {
		return nil, fmt.Errorf("list end offsets: %d of %d partitions answered", len(ends), partitions)
	}
	return ends, nil
}
