package cluster

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/twmb/franz-go/pkg/kmsg"

	"shipper/outputs/kafka/codes"
	"shipper/outputs/kafka/settings"
)

// Description is what a broker says of the cluster and of topics when it is
// asked, for people.
type Description struct {
	Brokers []string // as the cluster advertises them
	Topics  []TopicDescription
}

// TopicDescription describes one topic.
type TopicDescription struct {
	Name       string
	Err        error // a codes.Code, why the topic can't be used; then nothing else is set
	Partitions int
	Leaderless int // partitions without a leader
	Replicas   int // of the partition that has the fewest
	ReadOnly   bool
	// Unverified is why nothing is known of the settings, nil if they are.
	Unverified error
	// Weak is in what the topic falls short of the Demand, "" if it does not.
	Weak string
	// The settings as the broker tells them.
	MinInSyncReplicas, MaxMessageBytes, TimestampType string
}

// mayWrite is bit Write of a topic's authorized operations; noOperations is
// what brokers say that don't tell.
const (
	mayWrite     = 1 << 4
	noOperations = -1 << 31
)

// Describe asks the broker at addr for topics, of which there must be one, and
// their settings. They are described in the order of their names.
func (c *Cluster) Describe(ctx context.Context, addr string, topics []string) (*Description, error) {
	resp, err := metadata(ctx, c.conf.Dialer, addr, topics)
	if err != nil {
		return nil, err
	}
	d := new(Description)
	for i := range resp.Brokers {
		d.Brokers = append(d.Brokers, address(&resp.Brokers[i]))
	}
	var known []string
	for i := range resp.Topics {
		td := describe(&resp.Topics[i])
		if td.Err == nil {
			known = append(known, td.Name)
		}
		d.Topics = append(d.Topics, td)
	}
	slices.SortFunc(d.Topics, func(a, b TopicDescription) int { return strings.Compare(a.Name, b.Name) })
	if len(known) == 0 {
		return d, nil
	}
	values, errs, err := c.settings.Of(ctx, addr, known)
	for i := range d.Topics {
		t := &d.Topics[i]
		if t.Err != nil {
			continue
		}
		s := values[t.Name]
		if t.Unverified = errors.Join(err, errs[t.Name]); t.Unverified == nil {
			t.Weak = c.conf.Demand.weakness(t.Replicas, s)
		}
		t.MinInSyncReplicas, t.MaxMessageBytes, t.TimestampType = s[settings.MinISR], s[settings.MaxBytes], s[settings.Timestamp]
	}
	return d, nil
}

// describe says what metadata tells of a topic.
func describe(t *kmsg.MetadataResponseTopic) TopicDescription {
	td := TopicDescription{Name: nameOf(t), Partitions: len(t.Partitions)}
	if code := codes.Code(t.ErrorCode); code != codes.None {
		td.Err = code
		return td
	}
	for _, p := range t.Partitions {
		if td.Replicas == 0 || len(p.Replicas) < td.Replicas {
			td.Replicas = len(p.Replicas)
		}
		if p.Leader < 0 {
			td.Leaderless++
		}
	}
	ops := t.AuthorizedOperations
	td.ReadOnly = ops != noOperations && ops != 0 && ops&mayWrite == 0
	return td
}
