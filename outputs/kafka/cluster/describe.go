package cluster

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/twmb/franz-go/pkg/kmsg"

	"shipper/outputs/kafka/codes"
	"shipper/outputs/kafka/demand"
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
	// Missing names the operations on the topic that this user may not do and
	// should, as Kafka spells them in its ACLs.
	Missing []string
	// Unverified is why nothing is known of the settings, nil if they are.
	Unverified error
	// Short is in what the topic falls short of the Demand.
	Short []demand.Short
	// Settings are as the broker tells them.
	Settings map[string]string
}

// needed are the operations on a topic that an output needs, by their bit in
// what brokers say of authorized ones.
var needed = []struct {
	bit  int
	name string
}{{4, "WRITE"}, {8, "DESCRIBE"}, {10, "DESCRIBE_CONFIGS"}}

// noOperations is what brokers say that don't tell.
const noOperations = -1 << 31

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
			t.Short = c.conf.Demand.Of(t.Replicas, s)
		}
		t.Settings = s
	}
	return d, nil
}

// describe says what metadata tells of a topic.
func describe(t *kmsg.MetadataResponseTopic) TopicDescription {
	td := TopicDescription{Name: nameOf(t), Partitions: len(t.Partitions)}
	if code := codes.Code(t.ErrorCode); code != codes.None {
		td.Err = code
		if code == codes.TopicAuthorizationFailed {
			td.Missing = []string{"WRITE", "DESCRIBE", "DESCRIBE_CONFIGS"}
		}
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
	if ops := t.AuthorizedOperations; ops != noOperations && ops != 0 {
		for _, n := range needed {
			if ops&(1<<n.bit) == 0 {
				td.Missing = append(td.Missing, n.name)
			}
		}
	}
	return td
}
