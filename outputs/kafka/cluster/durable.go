package cluster

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"shipper/outputs"
	"shipper/outputs/kafka/broker"
	"shipper/outputs/kafka/demand"
)

const (
	verifyEvery = 5 * time.Minute
	verifyRetry = 10 * time.Second
)

// durability is what is known of the topics' promises.
type durability struct {
	demand demand.Demand
	log    *slog.Logger

	mu       sync.Mutex
	verdicts map[string]verdict
}

// verdict is what is known of one topic.
type verdict struct {
	weak    string // why an acknowledgement is worth less than promised, "" if it is not
	unfit   string // what else the topic does not promise
	unknown error  // why nothing is known
}

// weakError refuses a topic.
type weakError struct{ reason string }

func (e *weakError) Error() string {
	return "require_durable is set and " + e.reason
}

// Class is how a producer goes on.
func (e *weakError) Class() outputs.Class { return outputs.TopicError }

func newDurability(d demand.Demand, log *slog.Logger) *durability {
	return &durability{demand: d, log: log, verdicts: make(map[string]verdict)}
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
				short := c.conf.Demand.Of(topics[name].replicas, s)
				v.weak, v.unfit = demand.Weakness(short), demand.Unfitness(short)
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
	if v.unfit != "" && v.unfit != old.unfit {
		d.log.Warn("topic does not suit the configuration", keyTopic, topic, "reason", v.unfit, keyCure, checkCure)
	}
	switch {
	case v.unknown != nil:
		if !had || old.unknown == nil {
			d.log.Warn("topic's durability can't be verified", keyTopic, topic, keyError, v.unknown, keyCure, "Allow DescribeConfigs on the topic.")
		}
	case v.weak != "" && v.weak != old.weak:
		d.log.Warn("topic is less durable than promised", keyTopic, topic, "reason", v.weak, "refused", d.demand.Strict, keyCure, checkCure)
	case v.weak == "" && had && (old.weak != "" || old.unknown != nil):
		d.log.Info("topic is as durable as promised", keyTopic, topic)
	}
}

// checkCure is said where there may be several things to do.
const checkCure = "`shipper check` says what to do about each."
