package cluster

import (
	"context"
	"fmt"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// CreateTopic creates a topic and waits until all nodes know it and its
// replicas are in sync. Configs are topic settings such as retention.ms.
func (c *Cluster) CreateTopic(ctx context.Context, name string, partitions int32, replicas int16, configs map[string]string) error {
	topic := kmsg.NewCreateTopicsRequestTopic()
	topic.Topic, topic.NumPartitions, topic.ReplicationFactor = name, partitions, replicas
	for key, value := range configs {
		config := kmsg.NewCreateTopicsRequestTopicConfig()
		config.Name, config.Value = key, &value
		topic.Configs = append(topic.Configs, config)
	}
	request := kmsg.NewPtrCreateTopicsRequest()
	request.TimeoutMillis = 30_000
	request.Topics = append(request.Topics, topic)
	answer, err := request.RequestWith(ctx, c.admin)
	if err != nil {
		return fmt.Errorf("create topic %s: %w", name, err)
	}
	for _, t := range answer.Topics {
		if err := kerr.ErrorForCode(t.ErrorCode); err != nil {
			message := ""
			if t.ErrorMessage != nil {
				message = *t.ErrorMessage
			}
			return fmt.Errorf("create topic %s: %w: %s", name, err, message)
		}
	}
	known := func(ctx context.Context, n *Node, _ int) error {
		answer, err := describe(ctx, n)
		if err != nil {
			return err
		}
		for _, t := range answer.Topics {
			if t.Topic != nil && *t.Topic == name && len(t.Partitions) == int(partitions) {
				return nil
			}
		}
		return fmt.Errorf("node %d does not know topic %s", n.ID, name)
	}
	if err := c.wait(ctx, "topic "+name+" is known", known); err != nil {
		return err
	}
	return c.WaitInSync(ctx)
}
