package cluster

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"shipper/testing/port"
)

// Options of a Cluster.
type Options struct {
	Nodes      int               // default 3
	Properties map[string]string // added to, or instead of, every node's own
	// Listeners are further security protocols that every node serves clients
	// with, each under its own name, such as SASL_SSL. What they need, such as
	// keys and users, is among the Properties.
	Listeners []string
}

// Cluster is some Kafka nodes.
type Cluster struct {
	Nodes []*Node

	install install
	dir     string
	id      string
	options Options
	ports   []ports // of Nodes
	voters  int     // so many of them, the first, are controllers as well
	admin   *kgo.Client
}

// Start makes a new cluster in dir, an empty directory of its own, and waits
// until all nodes serve. If Kafka is not installed it is installed first.
func Start(ctx context.Context, dir string, o Options) (*Cluster, error) {
	if o.Nodes == 0 {
		o.Nodes = 3
	}
	in, err := ensureInstalled(ctx)
	if err != nil {
		return nil, fmt.Errorf("start cluster: %w", err)
	}
	c, err := prepare(in, dir, o)
	if err != nil {
		return nil, fmt.Errorf("start cluster: %w", err)
	}
	err = c.each(func(n *Node) error { return c.found(ctx, n) })
	if err == nil {
		err = c.WaitReady(ctx)
	}
	if err != nil {
		c.Close()
		return nil, fmt.Errorf("start cluster: %w", err)
	}
	return c, nil
}

// found starts a node for the first time.
func (c *Cluster) found(ctx context.Context, n *Node) error {
	if err := n.format(ctx, c.id); err != nil {
		return err
	}
	return n.Start()
}

// Add starts another node, which is a broker only, and waits until all others
// know it. It leads nothing until somebody gives it something.
func (c *Cluster) Add(ctx context.Context) (*Node, error) {
	own, err := choosePorts(1, c.options)
	if err == nil {
		c.ports = append(c.ports, own...)
		err = c.configure(len(c.Nodes))
	}
	if err != nil {
		return nil, fmt.Errorf("add a node: %w", err)
	}
	n := c.Nodes[len(c.Nodes)-1]
	if err = c.found(ctx, n); err == nil {
		err = c.WaitReady(ctx)
	}
	if err != nil {
		return nil, fmt.Errorf("add a node: %w", err)
	}
	return n, nil
}

// newClusterID is a random UUID as Kafka writes it. Like Kafka's own it never
// begins with a dash: the storage tool would take it for an option.
func newClusterID() string {
	var id [16]byte
	rand.Read(id[:])
	id[0] &= 0x7f
	return base64.RawURLEncoding.EncodeToString(id[:])
}

// prepare makes a cluster of nodes that are configured and were never started.
func prepare(in install, dir string, o Options) (*Cluster, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	all, err := choosePorts(o.Nodes, o)
	if err != nil {
		return nil, err
	}
	c := &Cluster{install: in, dir: dir, id: newClusterID(), options: o, ports: all, voters: o.Nodes}
	for i := range all {
		if err := c.configure(i); err != nil {
			return nil, err
		}
	}
	c.admin, err = kgo.NewClient(kgo.SeedBrokers(c.Brokers()...), kgo.MetadataMinAge(50*time.Millisecond))
	return c, err
}

// choosePorts finds ports for so many nodes.
func choosePorts(nodes int, o Options) ([]ports, error) {
	each := 2 + len(o.Listeners)
	numbers, err := port.Free(each * nodes)
	if err != nil {
		return nil, err
	}
	var all []ports
	for own := range slices.Chunk(numbers, each) {
		all = append(all, ports{broker: own[0], controller: own[1], others: own[2:]})
	}
	return all, nil
}

// configure adds node i, counted from 0, whose ports are known, and writes its
// configuration.
func (c *Cluster) configure(i int) error {
	own := c.ports[i]
	n := &Node{ID: i + 1, Addr: fmt.Sprintf("127.0.0.1:%d", own.broker), install: c.install}
	n.listeners = make(map[string]string)
	for l, name := range c.options.Listeners {
		n.listeners[name] = fmt.Sprintf("127.0.0.1:%d", own.others[l])
	}
	n.dir = filepath.Join(c.dir, fmt.Sprintf("node-%d", n.ID))
	n.properties = filepath.Join(n.dir, "server.properties")
	if err := os.MkdirAll(n.dir, 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(n.properties, []byte(properties(n.dir, n.ID, c.ports, c.voters, c.options)), 0o644); err != nil {
		return err
	}
	c.Nodes = append(c.Nodes, n)
	return nil
}

// each calls f for all nodes at once.
func (c *Cluster) each(f func(*Node) error) error {
	errs := make([]error, len(c.Nodes))
	var wg sync.WaitGroup
	for i, n := range c.Nodes {
		wg.Go(func() { errs[i] = f(n) })
	}
	wg.Wait()
	return errors.Join(errs...)
}

// Brokers are the addresses of all nodes, running or not.
func (c *Cluster) Brokers() []string {
	var all []string
	for _, n := range c.Nodes {
		all = append(all, n.Addr)
	}
	return all
}

// String is Brokers with commas.
func (c *Cluster) String() string { return strings.Join(c.Brokers(), ",") }

// KillAll kills all nodes at once. What they had acknowledged is in the page
// cache and will be there when they come back.
func (c *Cluster) KillAll() error { return c.each((*Node).Kill) }

// StartAll starts the nodes that do not run, and waits until all serve.
func (c *Cluster) StartAll(ctx context.Context) error {
	err := c.each(func(n *Node) error {
		if n.Running() {
			return nil
		}
		if err := n.Kill(); err != nil { // forget one that ended by itself
			return err
		}
		return n.Start()
	})
	if err != nil {
		return err
	}
	return c.WaitReady(ctx)
}

// Close kills all nodes. Their files stay.
func (c *Cluster) Close() error {
	if c.admin != nil {
		c.admin.Close()
	}
	return c.KillAll()
}
