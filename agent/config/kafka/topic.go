package kafka

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"shipper/agent/config/block"
	"shipper/agent/config/diag"
	"shipper/agent/config/value"
)

// Limit is which topics a template may give.
type Limit struct {
	Topics []string // nil: any
	Prefix string   // what they begin with
}

// None tells whether there is no limit.
func (l Limit) None() bool { return len(l.Topics) == 0 && l.Prefix == "" }

// Check says why a topic is not allowed, nil if it is.
func (l Limit) Check(topic string) error {
	if len(l.Topics) > 0 && !slices.Contains(l.Topics, topic) {
		return fmt.Errorf("topic %q is not in the input's list topics; add it there, or correct match", topic)
	}
	if !strings.HasPrefix(topic, l.Prefix) {
		return fmt.Errorf("topic %q does not begin with the input's topic_prefix %q", topic, l.Prefix)
	}
	return nil
}

// Topic is a block `topic "name"`: what `shipper topics` makes of a topic.
type Topic struct {
	Name   string
	Pos    diag.Position
	Output string // name of the output whose cluster it is in: kafka.events

	Partitions          int // 0: PartitionsPerBroker
	PartitionsPerBroker int
	ReplicationFactor   int           // default 3
	MinInSyncReplicas   int           // default 2
	Retention           time.Duration // 0: not declared
	MaxMessageBytes     int64         // 0: not declared
	Settings            map[string]string
}

// Schema is what the block may hold, but for `output`.
func (t *Topic) Schema() block.Schema {
	return block.Schema{Keys: []block.Key{
		block.Optional("partitions", value.Int(&t.Partitions, 1, 100_000), ``, "how many partitions it has at least"),
		block.Optional("partitions_per_broker", value.Int(&t.PartitionsPerBroker, 1, 10_000), ``, "the same for each broker of the cluster, so that it grows with it"),
		block.Optional("replication_factor", value.Int(&t.ReplicationFactor, 1, math.MaxInt16), `3`, "copies of each partition"),
		block.Optional("min_insync_replicas", value.Int(&t.MinInSyncReplicas, 1, math.MaxInt16), `2`, "copies that must have a record before it is acknowledged"),
		block.Optional("retention", value.Duration(&t.Retention, time.Minute, longest), ``, "how long records are kept: retention.ms"),
		block.Optional("max_message_bytes", value.Size(&t.MaxMessageBytes, kib, gib), ``, "largest batch: max.message.bytes"),
		block.Optional("settings", value.TextMap(&t.Settings), ``, "further settings by Kafka's names: { \"cleanup.policy\" = \"delete\" }"),
	}}
}

// spoken are the settings that have keys of their own.
var spoken = map[string]string{
	"min.insync.replicas": "min_insync_replicas", "retention.ms": "retention", "max.message.bytes": "max_message_bytes",
}

// Check holds the values of the block b against each other.
func (t *Topic) Check(d *value.Decoder, b block.Block) {
	switch few, each := b.Has("partitions"), b.Has("partitions_per_broker"); {
	case few && each:
		d.ErrorAt(b.At("partitions"), "partitions and partitions_per_broker exclude each other", "Keep the one that should decide.")
	case !few && !each && !b.Broken:
		d.ErrorAt(b.DefRange(), fmt.Sprintf("topic %q says nothing of its partitions", t.Name),
			"Write, for example, partitions_per_broker = 4, or partitions = 12.")
	}
	checkReplicas(d, b, t.MinInSyncReplicas, t.ReplicationFactor)
	for _, name := range slices.Sorted(maps.Keys(t.Settings)) {
		if key := spoken[name]; key != "" {
			d.ErrorAt(b.At("settings"), fmt.Sprintf("%s has a key of its own", name), "Write "+key+" = ... beside settings.")
		}
	}
}

// All are all declared settings by Kafka's names.
func (t *Topic) All() map[string]string {
	all := map[string]string{"min.insync.replicas": strconv.Itoa(t.MinInSyncReplicas)}
	maps.Copy(all, t.Settings)
	if t.Retention > 0 {
		all["retention.ms"] = strconv.FormatInt(t.Retention.Milliseconds(), 10)
	}
	if t.MaxMessageBytes > 0 {
		all["max.message.bytes"] = strconv.FormatInt(t.MaxMessageBytes, 10)
	}
	return all
}
