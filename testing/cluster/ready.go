package cluster

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// WaitReady waits until every node that runs serves and knows of all others
// that run. It fails at once if a node that was started has ended.
func (c *Cluster) WaitReady(ctx context.Context) error {
	return c.wait(ctx, "ready", func(ctx context.Context, n *Node, want int) error {
		answer, err := describe(ctx, n)
		if err != nil {
			return err
		}
		if len(answer.Brokers) < want {
			return fmt.Errorf("node %d knows %d of %d brokers", n.ID, len(answer.Brokers), want)
		}
		return nil
	})
}

// WaitInSync waits until every partition has a leader and all its replicas are
// in sync, as every running node sees it.
func (c *Cluster) WaitInSync(ctx context.Context) error {
	return c.wait(ctx, "in sync", func(ctx context.Context, n *Node, _ int) error {
		answer, err := describe(ctx, n)
		if err != nil {
			return err
		}
		for _, t := range answer.Topics {
			for _, p := range t.Partitions {
				if p.Leader < 0 || len(p.ISR) < len(p.Replicas) {
					return fmt.Errorf("node %d: %s partition %d: leader %d, in sync %v of %v: %w",
						n.ID, *t.Topic, p.Partition, p.Leader, p.ISR, p.Replicas, kerr.ErrorForCode(p.ErrorCode))
				}
			}
		}
		return nil
	})
}

// wait calls ok until it returns nil for every node that runs. It fails at once
// if a node that was started has ended by itself.
func (c *Cluster) wait(ctx context.Context, what string, ok func(ctx context.Context, n *Node, running int) error) error {
	var last error
	for {
		running := 0
		for _, n := range c.Nodes {
			if n.Running() {
				running++
			} else if n.ended() {
				return fmt.Errorf("wait until %s: node %d has ended:\n%s", what, n.ID, n.failure())
			}
		}
		last = nil
		for _, n := range c.Nodes {
			if n.Running() && last == nil {
				last = ok(ctx, n, running)
			}
		}
		if last == nil && running > 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait until %s: %w", what, errors.Join(ctx.Err(), last))
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// describe asks one node what it knows of brokers and topics.
func describe(ctx context.Context, n *Node) (*kmsg.MetadataResponse, error) {
	client, err := kgo.NewClient(kgo.SeedBrokers(n.Addr), kgo.RequestRetries(0), kgo.DialTimeout(time.Second))
	if err != nil {
		return nil, err
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	request := kmsg.NewPtrMetadataRequest()
	request.Topics = nil // all
	resp, err := client.SeedBrokers()[0].Request(ctx, request)
	if err != nil {
		return nil, err
	}
	answer, ok := resp.(*kmsg.MetadataResponse)
	if !ok {
		return nil, fmt.Errorf("node %d answered with a %T", n.ID, resp)
	}
	return answer, nil
}
