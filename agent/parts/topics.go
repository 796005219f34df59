package parts

import (
	"fmt"
	"slices"

	"shipper/agent/config"
	"shipper/outputs/kafka"
	"shipper/outputs/kafka/topics"
)

// Cluster is the topics that a configuration declares for one cluster.
type Cluster struct {
	Output   string // name of the output that reaches it
	Admin    *topics.Admin
	Declared []topics.Declaration
}

// Topics lists the declared topics, those of the names given or, without any,
// all. A name that is not declared is an error. It dials nobody.
func Topics(c *config.Config, names []string) ([]Cluster, error) {
	for _, name := range names {
		if !slices.ContainsFunc(c.Topics, func(t *config.Topic) bool { return t.Name == name }) {
			return nil, fmt.Errorf("there is no block topic %q in the configuration", name)
		}
	}
	var all []Cluster
	for _, o := range c.Outputs {
		cluster := Cluster{Output: o.Name()}
		for _, t := range c.Topics {
			if t.Output == o.Name() && (len(names) == 0 || slices.Contains(names, t.Name)) {
				cluster.Declared = append(cluster.Declared, topics.Declaration{
					Name: t.Name, Partitions: t.Partitions, PartitionsPerBroker: t.PartitionsPerBroker,
					ReplicationFactor: t.ReplicationFactor, Settings: t.All(),
				})
			}
		}
		if len(cluster.Declared) == 0 {
			continue
		}
		conf, err := kafkaConfig(o, "")
		if err == nil {
			cluster.Admin, err = kafka.NewAdmin(conf)
		}
		if err != nil {
			return nil, fmt.Errorf("output %s: %w", o.Name(), err)
		}
		all = append(all, cluster)
	}
	return all, nil
}
