package scripted

import (
	"fmt"
	"slices"
	"sync"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// Cluster is brokers that share topics. Its methods are safe for concurrent use.
type Cluster struct {
	// Script says what to do with a request, nil for serving all. It is set
	// with SetScript and called without locks.
	script func(broker int32, req kmsg.Request) Act
	// Take, if set before serving, is told of every batch that is appended.
	Take func(topic string, partition int32, values []string)
	// Judge, if set before serving, refuses batches: with a code, and the numbers
	// of the records that it blames.
	Judge func(values []string) (code int16, named []int32)
	// User and Password are demanded by SASL PLAIN if they are set.
	User, Password string

	mu       sync.Mutex
	addrs    []string // by number of the broker
	fenced   map[int32]bool
	topics   map[string]*topic
	producer int64
	made     byte
}

type topic struct {
	id         [16]byte
	partitions []*partition
}

// New makes a cluster whose brokers 0, 1, … have these addresses.
func New(addrs ...string) *Cluster {
	return &Cluster{addrs: addrs, topics: make(map[string]*topic)}
}

// SetScript has f decide about each request from now on.
func (c *Cluster) SetScript(f func(broker int32, req kmsg.Request) Act) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.script = f
}

// act is what the script says of a request.
func (c *Cluster) act(broker int32, req kmsg.Request) Act {
	c.mu.Lock()
	f := c.script
	c.mu.Unlock()
	if f == nil {
		return Act{}
	}
	return f(broker, req)
}

// Create makes a topic, anew if there is one of that name. Its partitions are
// led by the brokers in turn.
func (c *Cluster) Create(name string, partitions int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.made++
	t := &topic{id: [16]byte{0: 1, 15: c.made}}
	for i := range partitions {
		t.partitions = append(t.partitions, &partition{leader: int32(i % len(c.addrs)), producers: make(map[int64]*producer)})
	}
	c.topics[name] = t
}

// Grow adds partitions to a topic.
func (c *Cluster) Grow(name string, partitions int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := c.topics[name]
	for i := len(t.partitions); i < partitions; i++ {
		t.partitions = append(t.partitions, &partition{leader: int32(i % len(c.addrs)), producers: make(map[int64]*producer)})
	}
}

// Delete removes a topic with all that was in it.
func (c *Cluster) Delete(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.topics, name)
}

// Lead makes a broker the leader of a partition, -1 nobody.
func (c *Cluster) Lead(name string, number int, broker int32) {
	c.mu.Lock()
	defer c.mu.Unlock()
	p := c.topics[name].partitions[number]
	p.leader = broker
	p.epoch++
}

// Fence takes a broker out of the cluster, as a controller does that has not heard
// of it for long: the next one leads its partitions. What it was sent it may have
// appended.
func (c *Cluster) Fence(broker int32) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.fenced == nil {
		c.fenced = make(map[int32]bool)
	}
	c.fenced[broker] = true
	for _, t := range c.topics {
		for _, p := range t.partitions {
			if p.leader == broker {
				p.leader = (broker + 1) % int32(len(c.addrs))
				p.epoch++
			}
		}
	}
}

// Forget has a partition forget all producers, as brokers do after a day.
func (c *Cluster) Forget(name string, number int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.topics[name].partitions[number].producers)
}

// Values are the records of a partition, in order.
func (c *Cluster) Values(name string, number int32) []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := c.topics[name]
	if t == nil || int(number) >= len(t.partitions) {
		return nil
	}
	return slices.Clone(t.partitions[number].values)
}

// metadata answers for topics by name.
func (c *Cluster) metadata(req *kmsg.MetadataRequest) *kmsg.MetadataResponse {
	resp, _ := req.ResponseKind().(*kmsg.MetadataResponse)
	cluster := "scripted"
	resp.ClusterID, resp.ControllerID = &cluster, 0
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, addr := range c.addrs {
		if c.fenced[int32(i)] {
			continue
		}
		b := kmsg.NewMetadataResponseBroker()
		b.NodeID = int32(i)
		b.Host, b.Port = split(addr)
		resp.Brokers = append(resp.Brokers, b)
	}
	for _, asked := range req.Topics {
		rt := kmsg.NewMetadataResponseTopic()
		rt.Topic = asked.Topic
		t := c.topics[*asked.Topic]
		if t == nil {
			rt.ErrorCode = unknownTopic
			resp.Topics = append(resp.Topics, rt)
			continue
		}
		rt.TopicID = t.id
		rt.AuthorizedOperations = -1 << 31
		for i, p := range t.partitions {
			rp := kmsg.NewMetadataResponseTopicPartition()
			rp.Partition, rp.Leader, rp.LeaderEpoch = int32(i), p.leader, p.epoch
			rp.Replicas, rp.ISR = []int32{0, 1, 2}, []int32{0, 1, 2}
			if p.leader < 0 {
				rp.ErrorCode = leaderNotAvailable
			}
			rt.Partitions = append(rt.Partitions, rp)
		}
		resp.Topics = append(resp.Topics, rt)
	}
	return resp
}

func split(addr string) (host string, port int32) {
	for i := len(addr) - 1; i >= 0; i-- {
		if addr[i] == ':' {
			if _, err := fmt.Sscanf(addr[i+1:], "%d", &port); err == nil {
				return addr[:i], port
			}
		}
	}
	return addr, 9092
}
