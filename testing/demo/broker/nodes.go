package broker

import (
	"context"
	"path/filepath"

	"shipper/testing/cluster"
)

// nodes are three Apache Kafka nodes on this machine.
type nodes struct{ *cluster.Cluster }

// StartReal starts three Apache Kafka nodes that keep their files below dir.
func StartReal(ctx context.Context, dir string) (Kafka, error) {
	c, err := cluster.Start(ctx, filepath.Join(dir, "kafka"), cluster.Options{})
	if err != nil {
		return nil, err
	}
	return nodes{c}, nil
}

// Away kills all nodes at once, in the midst of whatever they do.
func (n nodes) Away(context.Context) (string, error) {
	return "all three nodes killed with SIGKILL", n.KillAll()
}

// Back starts them again, which takes some seconds more.
func (n nodes) Back(ctx context.Context) error { return n.StartAll(ctx) }

func (n nodes) Close() { _ = n.Cluster.Close() } // its files are thrown away
