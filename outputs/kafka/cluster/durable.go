package cluster

import (
	"context"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"time"

	"shipper/outputs"
	"shipper/outputs/kafka/broker"
	"shipper/outputs/kafka/settings"
)

const (
	verifyEvery = 5 * time.Minute
	verifyRetry = 10 * time.Second
)

// Demand is what is expected of every topic: warned about, or, with Strict,
// demanded before the first record is sent.
type Demand struct {
	MinInSyncReplicas int
	ReplicationFactor int
	Strict            bool
}

// durability is what is known of the topics' promises.
type durability struct {
	demand Demand
	log    *slog.Logger

	mu       sync.Mutex
	verdicts map[string]verdict
}

// verdict is what is known of one topic.
type verdict struct {
	weak    string // why an acknowledgement is worth less than promised, "" if it is not
	unknown error  // why nothing is known
}

// weakError refuses a topic.
type weakError struct{ reason string }

func (e *weakError) Error() string {
	return "require_durable is set and " + e.reason
}

// Class is how a producer goes on.
func (e *weakError) Class() outputs.Class { return outputs.TopicError }

func newDurability(demand Demand, log *slog.Logger) *durability {
	return &durability{demand: demand, log: log, verdicts: make(map[string]verdict)}
}

// Refusal is why nothing may be written to a topic, nil if it may.
func (c *Cluster) Refusal(topic string) error { return c.durable.refusal(topic) }

// refusal is why nothing may be written to a topic, nil if it may.
func (d *durability) refusal(topic string) error {
	if !d.demand.Strict {
		return nil
	}
	d.mu.Lock()
	v, ok := d.verdicts[topic]
	d.mu.Unlock()
	switch {
	case !ok:
		return &weakError{"the topic's settings are not known yet"}
	case v.unknown != nil:
		return &weakError{fmt.Sprintf("the topic's settings can't be read: %v. Allow DescribeConfigs on the topic.", v.unknown)}
	case v.weak != "":
		return &weakError{v.weak}
	}
	return nil
}

// verify compares what topics promise with the demand, when a topic becomes
// known and every few minutes, until ctx ends.
func (c *Cluster) verify(ctx context.Context) {
	next := time.NewTimer(broker.Jitter(verifyEvery))
	defer next.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-c.known:
		case <-next.C:
		}
		if c.verifyOnce(ctx) {
			next.Reset(broker.Jitter(verifyEvery))
		} else {
			next.Reset(broker.Jitter(verifyRetry))
		}
	}
}

// verifyOnce asks a broker for the settings of all known topics; false if none
// answered.
func (c *Cluster) verifyOnce(ctx context.Context) bool {
	topics := c.view.Load().topics
	var names []string
	for name, t := range topics {
		if len(t.partitions) > 0 {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return true
	}
	c.mu.Lock()
	ok := c.ok
	c.mu.Unlock()
	if !ok {
		return false // run is at it, and every vain login may count
	}
	for _, addr := range c.candidates() {
		values, errs, err := c.settings.Of(ctx, addr, names)
		if err != nil {
			if ctx.Err() != nil {
				return true
			}
			continue
		}
		for _, name := range names {
			v := verdict{unknown: errs[name]}
			if s, ok := values[name]; ok {
				v.weak = c.conf.Demand.weakness(topics[name].replicas, s)
			} else if v.unknown == nil {
				v.unknown = fmt.Errorf("broker %s says nothing of the topic", addr)
			}
			c.durable.note(name, v)
		}
		return true
	}
	return false
}

// note keeps a verdict and logs it if it is news.
func (d *durability) note(topic string, v verdict) {
	d.mu.Lock()
	old, had := d.verdicts[topic]
	d.verdicts[topic] = v
	d.mu.Unlock()
	switch {
	case v.unknown != nil:
		if !had || old.unknown == nil {
			d.log.Warn("topic's durability can't be verified", keyTopic, topic, keyError, v.unknown, keyCure, "Allow DescribeConfigs on the topic.")
		}
	case v.weak != "" && v.weak != old.weak:
		d.log.Warn("topic is less durable than promised", keyTopic, topic, "reason", v.weak, "refused", d.demand.Strict, keyCure, WeakCure)
	case v.weak == "" && had && (old.weak != "" || old.unknown != nil):
		d.log.Info("topic is as durable as promised", keyTopic, topic)
	}
}

// WeakCure is what to do about a topic that is weak.
const WeakCure = "Raise replication factor and min.insync.replicas of the topic, or state in the output what is good enough (replication_factor, min_insync_replicas)."

// weakness says in what a topic falls short, "" if it does not.
func (d *Demand) weakness(replicas int, values map[string]string) string {
	var short []string
	if replicas > 0 && replicas < d.ReplicationFactor {
		short = append(short, fmt.Sprintf("its replication factor is %d and not %d", replicas, d.ReplicationFactor))
	}
	if v, ok := values[settings.MinISR]; ok {
		if n, err := strconv.Atoi(v); err == nil && n < d.MinInSyncReplicas {
			short = append(short, fmt.Sprintf("%s is %d and not %d", settings.MinISR, n, d.MinInSyncReplicas))
		}
	}
	if values[settings.Unclean] == "true" {
		short = append(short, settings.Unclean+" is true: a broker that fell behind may become leader and cut off acknowledged records")
	}
	return strings.Join(short, "; ")
}
