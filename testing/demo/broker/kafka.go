package broker

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

// Command is the first argument that turns a program into the helper process that
// holds the embedded brokers: it then calls Run.
const Command = "broker"

// Kafka is the cluster that the demo ships to: the embedded one or a real one.
type Kafka interface {
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

// Start starts three embedded brokers in a process of their own.
func Start(ctx context.Context) (Kafka, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("start broker process: %w", err)
	}
	h := &helper{cmd: exec.CommandContext(ctx, self, Command)}
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

// CreateTopic makes a topic, as durable as a topic should be.
func CreateTopic(ctx context.Context, k Kafka, topic string, partitions int32) error {
	cl, err := kgo.NewClient(kgo.SeedBrokers(k.Brokers()...))
	if err != nil {
		return fmt.Errorf("create topic %s: %w", topic, err)
	}
	defer cl.Close()
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	req := kmsg.NewPtrCreateTopicsRequest()
	req.TimeoutMillis = 20_000
	t := kmsg.NewCreateTopicsRequestTopic()
	t.Topic, t.NumPartitions, t.ReplicationFactor = topic, partitions, 3
	two := "2"
	c := kmsg.NewCreateTopicsRequestTopicConfig()
	c.Name, c.Value = "min.insync.replicas", &two
	t.Configs = append(t.Configs, c)
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
