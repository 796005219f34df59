package kafka

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/IBM/sarama"

	"shipper/outputs"
	"shipper/outputs/kafka/codes"
	"shipper/outputs/kafka/wire"
)

const (
	refreshEvery   = 5 * time.Minute // also how long new partitions may go unnoticed
	refreshMissing = 2 * time.Second // while a topic is not there
	refreshLow     = 100 * time.Millisecond
	refreshHigh    = 2 * time.Second
	unreachHigh    = 5 * time.Second
)

// cluster is what is known of brokers, topics and leaders. run alone changes
// it; everybody else reads view.
type cluster struct {
	conf    *Config
	dialer  *wire.Dialer
	control *control
	start   func(func(context.Context))
	view    atomic.Pointer[view]
	kick    chan struct{} // capacity 1: a refresh is wanted
	known   chan struct{} // capacity 1: a topic became known; for durability

	mu     sync.Mutex
	wanted map[string]struct{} // topics asked for
	ok     bool                // the last refresh found a broker that answered
	since  time.Time           // of ok
	err    error               // why not ok
}

func newCluster(conf *Config, start func(func(context.Context))) (*cluster, error) {
	control, err := newControl(conf)
	if err != nil {
		return nil, err
	}
	c := &cluster{
		conf:    conf,
		dialer:  &wire.Dialer{ClientID: conf.ClientID, TLS: conf.TLS, SASL: conf.SASL},
		control: control,
		start:   start,
		kick:    make(chan struct{}, 1),
		known:   make(chan struct{}, 1),
		wanted:  make(map[string]struct{}),
		since:   time.Now(),
		err:     errNotYet,
	}
	c.view.Store(&view{})
	return c, nil
}

// refresh asks for new metadata soon. It does not block.
func (c *cluster) refresh() {
	select {
	case c.kick <- struct{}{}:
	default:
	}
}

// topic returns what is known of a topic, or why nothing is. A topic asked for
// the first time is looked up from now on.
func (c *cluster) topic(name string) (*topic, error) {
	if t := c.view.Load().topics[name]; t != nil {
		if len(t.partitions) > 0 {
			return t, nil
		}
		c.refresh()
		return t, t.err
	}
	c.mu.Lock()
	_, asked := c.wanted[name]
	c.wanted[name] = struct{}{}
	ok, err := c.ok, c.err
	c.mu.Unlock()
	c.refresh()
	if !asked || ok {
		return nil, errAsking
	}
	return nil, fmt.Errorf("no broker answers: %w", err)
}

var (
	errNotYet = errors.New("no broker has answered yet")
	errAsking = errors.New("its leaders are being looked up")
)

// leader returns the broker to write a partition to.
func (c *cluster) leader(t *topic, partition int32) (*broker, error) {
	if partition < 0 || int(partition) >= len(t.partitions) {
		c.refresh()
		return nil, fmt.Errorf("the topic has %d partitions: %w", len(t.partitions), codes.UnknownTopicOrPartition)
	}
	if b := c.view.Load().brokers[t.partitions[partition].leader]; b != nil {
		return b, nil
	}
	c.refresh()
	return nil, codes.LeaderNotAvailable
}

// run refreshes the view when asked, when a topic is missing, and from time to
// time.
func (c *cluster) run(ctx context.Context) {
	var (
		next  = time.NewTimer(0)
		sweep = time.NewTicker(sweepEvery)
		calm  = backoff{low: refreshLow, high: refreshHigh} // between refreshes that were asked for
		reach = backoff{low: refreshLow, high: unreachHigh} // while no broker answers
		last  time.Time
	)
	defer next.Stop()
	defer sweep.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-sweep.C:
			for _, b := range c.view.Load().brokers {
				b.sweep(now)
			}
			continue
		case <-next.C:
		case <-c.kick:
			// Those who wait for a leader ask again and again: the more in
			// vain, the slower the answer.
			if time.Since(last) > 2*refreshHigh {
				calm.reset()
			}
			if pause := calm.next() - time.Since(last); pause > 0 && sleep(ctx, pause) != nil {
				return
			}
		}
		changed, err := c.update(ctx)
		if ctx.Err() != nil {
			return
		}
		last = time.Now()
		c.reached(err)
		switch {
		case err != nil:
			reach.high = unreachHigh
			if classify(err) == outputs.AuthError {
				reach.high = authHigh
			}
			if sleep(ctx, reach.next()) != nil {
				return
			}
			next.Reset(0)
		case c.missing():
			reach.reset()
			next.Reset(jitter(refreshMissing))
		default:
			reach.reset()
			next.Reset(jitter(refreshEvery))
		}
		if changed {
			calm.reset()
		}
	}
}

// update asks brokers one after another until one answers.
func (c *cluster) update(ctx context.Context) (changed bool, err error) {
	c.mu.Lock()
	topics := slices.Sorted(maps.Keys(c.wanted))
	c.mu.Unlock()
	for _, addr := range c.candidates() {
		resp, aerr := c.ask(ctx, addr, topics)
		if ctx.Err() != nil {
			return false, ctx.Err()
		}
		if aerr != nil {
			err = fmt.Errorf("ask %s for metadata: %w", addr, aerr)
			continue
		}
		if resp == nil {
			return false, nil
		}
		old := c.view.Load()
		v := c.merge(old, resp, addr)
		c.view.Store(v)
		c.replace(old, v)
		return c.announce(old, v), nil
	}
	return false, err
}

// ask asks one broker. While no topic is wanted it only finds out whether the
// broker answers; the response is nil then.
func (c *cluster) ask(ctx context.Context, addr string, topics []string) (*sarama.MetadataResponse, error) {
	var asked error
	if len(topics) > 0 {
		var resp *sarama.MetadataResponse
		if resp, asked = c.control.metadata(ctx, addr, topics); asked == nil {
			return resp, nil
		}
	}
	// sarama says "EOF" for most of what goes wrong; dialling tells more.
	conn, err := c.dialer.Dial(ctx, addr, time.Now().Add(dialTimeout))
	if err != nil {
		return nil, err
	}
	_ = conn.Close()
	return nil, asked
}

// candidates are the brokers to ask: those known and not held back in random
// order, the configured ones, and at last those held back.
func (c *cluster) candidates() []string {
	var addrs, held []string
	for _, b := range c.view.Load().brokers {
		if b.peer().Healthy {
			addrs = append(addrs, b.addr)
		} else {
			held = append(held, b.addr)
		}
	}
	rand.Shuffle(len(addrs), func(i, j int) { addrs[i], addrs[j] = addrs[j], addrs[i] })
	var more []string
	for _, a := range c.conf.Brokers {
		if !slices.Contains(addrs, a) && !slices.Contains(held, a) {
			more = append(more, a)
		}
	}
	rand.Shuffle(len(more), func(i, j int) { more[i], more[j] = more[j], more[i] })
	return slices.Concat(addrs, more, held)
}

// missing tells whether a topic that is asked for is not there.
func (c *cluster) missing() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	v := c.view.Load()
	for name := range c.wanted {
		if t := v.topics[name]; t == nil || t.err != nil {
			return true
		}
	}
	return false
}

// reached notes and logs whether the cluster answers.
func (c *cluster) reached(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ok != (err == nil) {
		c.ok, c.since = err == nil, time.Now()
	}
	was := c.err
	c.err = err
	switch {
	case err == nil && was != nil:
		c.conf.Log.Info("cluster answers", "brokers", len(c.view.Load().brokers))
	case err != nil && (was == nil || errors.Is(was, errNotYet) || classify(was) != classify(err)):
		c.conf.Log.Warn("no broker answers, trying again for ever", keyError, err, keyCure, cure(err))
	}
}

// replace retires the brokers that are no longer there, and logs who came and
// went. A broker that died leaves the cluster, too, and comes back as another.
func (c *cluster) replace(old, v *view) {
	for id, b := range old.brokers {
		if v.brokers[id] != b {
			b.retire()
			c.conf.Log.Info("broker left the cluster", keyBroker, b.addr)
		}
	}
	if len(old.brokers) == 0 {
		return // all of them are new
	}
	for id, b := range v.brokers {
		if old.brokers[id] != b {
			c.conf.Log.Info("broker joined the cluster", keyBroker, b.addr)
		}
	}
}

// announce logs what changed about topics and tells whether anything did.
func (c *cluster) announce(old, v *view) (changed bool) {
	for name, t := range v.topics {
		o := old.topics[name]
		switch {
		case t.err != nil && (o == nil || !errors.Is(o.err, t.err)):
			c.conf.Log.Warn("topic can't be used, its streams wait", keyTopic, name, keyError, t.err, keyCure, cure(t.err))
			changed = true
		case t.err == nil && (o == nil || o.err != nil || o.id != t.id || len(o.partitions) != len(t.partitions)):
			c.conf.Log.Info("topic is known", keyTopic, name, "partitions", len(t.partitions))
			changed = true
			select {
			case c.known <- struct{}{}:
			default:
			}
		case o != nil && !slices.Equal(o.partitions, t.partitions):
			changed = true
		}
	}
	return changed
}

// status describes the cluster. It is healthy as long as anything can be sent.
func (c *cluster) status() outputs.Status {
	c.mu.Lock()
	s := outputs.Status{Healthy: c.ok, Since: c.since}
	if c.err != nil {
		s.LastError = c.err.Error()
	}
	c.mu.Unlock()
	brokers := slices.SortedFunc(maps.Values(c.view.Load().brokers), func(a, b *broker) int { return int(a.id) - int(b.id) })
	up := 0
	for _, b := range brokers {
		p := b.peer()
		s.Peers = append(s.Peers, p)
		if p.Healthy {
			up++
		} else if s.LastError == "" {
			s.LastError = p.LastError
		}
	}
	if len(brokers) == 0 {
		for _, a := range c.conf.Brokers {
			s.Peers = append(s.Peers, outputs.Peer{Name: a, Healthy: s.Healthy, LastError: s.LastError})
		}
	} else if up == 0 {
		s.Healthy = false
	}
	if s.Healthy {
		s.LastError = ""
	}
	return s
}
