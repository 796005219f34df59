package kafka

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	verifyEvery = 5 * time.Minute
	verifyRetry = 10 * time.Second
)

// durability compares what topics promise with what the configuration demands,
// when a topic becomes known and every few minutes.
type durability struct {
	conf    *Config
	cluster *cluster

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

func newDurability(conf *Config, c *cluster) *durability {
	return &durability{conf: conf, cluster: c, verdicts: make(map[string]verdict)}
}

// refusal is why nothing may be written to a topic, nil if it may.
func (d *durability) refusal(topic string) error {
	if !d.conf.RequireDurable {
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

// run verifies all known topics until ctx ends.
func (d *durability) run(ctx context.Context) {
	next := time.NewTimer(jitter(verifyEvery))
	defer next.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-d.cluster.known:
		case <-next.C:
		}
		if d.verify(ctx) {
			next.Reset(jitter(verifyEvery))
		} else {
			next.Reset(jitter(verifyRetry))
		}
	}
}

// verify asks a broker for the settings of all known topics; false if none
// answered.
func (d *durability) verify(ctx context.Context) bool {
	topics := d.cluster.view.Load().topics
	var names []string
	for name, t := range topics {
		if len(t.partitions) > 0 {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return true
	}
	for _, addr := range d.cluster.candidates() {
		settings, errs, err := d.cluster.control.settings(ctx, addr, names)
		if err != nil {
			if ctx.Err() != nil {
				return true
			}
			continue
		}
		for _, name := range names {
			v := verdict{unknown: errs[name]}
			if s, ok := settings[name]; ok {
				v.weak = weakness(d.conf, topics[name].replicas, s)
			} else if v.unknown == nil {
				v.unknown = fmt.Errorf("broker %s says nothing of the topic", addr)
			}
			d.note(name, v)
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
			d.conf.Log.Warn("topic's durability can't be verified", keyTopic, topic, keyError, v.unknown, keyCure, "Allow DescribeConfigs on the topic.")
		}
	case v.weak != "" && v.weak != old.weak:
		d.conf.Log.Warn("topic is less durable than promised", keyTopic, topic, "reason", v.weak, "refused", d.conf.RequireDurable, keyCure, weakCure)
	case v.weak == "" && had && (old.weak != "" || old.unknown != nil):
		d.conf.Log.Info("topic is as durable as promised", keyTopic, topic)
	}
}

const weakCure = "Raise replication factor and min.insync.replicas of the topic, or state in the output what is good enough (replication_factor, min_insync_replicas)."

// weakness says in what a topic falls short, "" if it does not.
func weakness(conf *Config, replicas int, settings map[string]string) string {
	var short []string
	if replicas > 0 && replicas < conf.ReplicationFactor {
		short = append(short, fmt.Sprintf("its replication factor is %d and not %d", replicas, conf.ReplicationFactor))
	}
	if v, ok := settings[settingMinISR]; ok {
		if n, err := strconv.Atoi(v); err == nil && n < conf.MinInSyncReplicas {
			short = append(short, fmt.Sprintf("%s is %d and not %d", settingMinISR, n, conf.MinInSyncReplicas))
		}
	}
	if settings[settingUnclean] == "true" {
		short = append(short, settingUnclean+" is true: a broker that fell behind may become leader and cut off acknowledged records")
	}
	return strings.Join(short, "; ")
}

// maxBytes compares the largest batch that a topic takes with ours.
func maxBytes(conf *Config, settings map[string]string) string {
	n, err := strconv.Atoi(settings[settingMaxBytes])
	// Headers and the frame add to the lines; a quarter is ample for all but
	// the shortest.
	if need := conf.BatchBytes + conf.BatchBytes/4; err == nil && n < need {
		return fmt.Sprintf("%s is %d, and a batch of %d bytes of lines may need %d", settingMaxBytes, n, conf.BatchBytes, need)
	}
	return ""
}
