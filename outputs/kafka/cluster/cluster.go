package cluster

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"shipper/outputs"
	"shipper/outputs/kafka/broker"
	"shipper/outputs/kafka/codes"
	"shipper/outputs/kafka/demand"
	"shipper/outputs/kafka/settings"
	"shipper/outputs/kafka/wire"
)

const (
	refreshMissing = 2 * time.Second // while a topic is not there
	refreshLow     = 100 * time.Millisecond
	refreshHigh    = 2 * time.Second
	unreachHigh    = 5 * time.Second
	sweepEvery     = time.Minute
	dialTimeout    = 5 * time.Second
)

// The keys of log attributes.
const (
	keyBroker = "broker"
	keyTopic  = "topic"
	keyError  = "error"
	keyCure   = "cure"
)

// Config is what a Cluster is told. All of it must be set.
type Config struct {
	Brokers   []string // host:port, asked for the rest of the cluster
	Dialer    *wire.Dialer
	MaxSilent int           // as in broker.Env
	MaxAge    time.Duration // of metadata; also how long new partitions may go unnoticed
	Demand    demand.Demand
	Log       *slog.Logger
}

// Cluster is what is known of brokers, topics and leaders. run alone changes
// it; everybody else reads view. Its methods are safe for concurrent use.
type Cluster struct {
	conf     Config
	settings *settings.Reader
	durable  *durability
	env      *broker.Env
	view     atomic.Pointer[view]
	kick     chan struct{} // capacity 1: a refresh is wanted
	known    chan struct{} // capacity 1: a topic became known; for durability
	cancel   context.CancelFunc
	wg       sync.WaitGroup // run, durability and the brokers' probers

	mu     sync.Mutex
	wanted map[string]struct{} // topics asked for
	ok     bool                // the last refresh found a broker that answered
	since  time.Time           // of ok
	err    error               // why not ok
}

// Start begins to look for the cluster in the background. It does not need
// one: until a broker answers, Topic says so.
func Start(conf Config) (*Cluster, error) {
	reader, err := settings.New(conf.Dialer)
	if err != nil {
		return nil, err
	}
	c := &Cluster{
		conf:     conf,
		settings: reader,
		kick:     make(chan struct{}, 1),
		known:    make(chan struct{}, 1),
		wanted:   make(map[string]struct{}),
		since:    time.Now(),
		err:      errNotYet,
	}
	ctx, cancel := context.WithCancel(context.Background())
	c.cancel = cancel
	start := func(f func(context.Context)) { c.wg.Go(func() { f(ctx) }) }
	c.env = &broker.Env{Dialer: conf.Dialer, Log: conf.Log, MaxSilent: conf.MaxSilent, Start: start, Refresh: c.Refresh, Pace: new(broker.Pace)}
	c.durable = newDurability(conf.Demand, conf.Log)
	c.view.Store(&view{})
	start(c.run)
	start(c.verify)
	return c, nil
}

// Close ends the goroutines and closes the connections. If ctx ends first,
// what is left ends by itself within the dial time-out.
func (c *Cluster) Close(ctx context.Context) error {
	c.cancel()
	done := make(chan struct{})
	go func() { c.wg.Wait(); close(done) }()
	select {
	case <-done:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	for _, b := range c.view.Load().brokers {
		b.Retire()
	}
	return nil
}

// Refresh asks for new metadata soon. It does not block.
func (c *Cluster) Refresh() {
	select {
	case c.kick <- struct{}{}:
	default:
	}
}

// Topic returns what is known of a topic, or why nothing is. A topic asked for
// the first time is looked up from now on.
func (c *Cluster) Topic(name string) (*Topic, error) {
	if t := c.view.Load().topics[name]; t != nil {
		if len(t.partitions) > 0 {
			return t, nil
		}
		c.Refresh()
		return t, t.err
	}
	c.mu.Lock()
	_, asked := c.wanted[name]
	c.wanted[name] = struct{}{}
	ok, err := c.ok, c.err
	c.mu.Unlock()
	c.Refresh()
	if !asked || ok {
		return nil, errAsking
	}
	return nil, fmt.Errorf("no broker answers: %w", err)
}

var (
	errNotYet = errors.New("no broker has answered yet")
	errAsking = errors.New("its leaders are being looked up")
)

// Leader returns the broker to write a partition to.
func (c *Cluster) Leader(t *Topic, number int32) (*broker.Broker, error) {
	if number < 0 || int(number) >= len(t.partitions) {
		c.Refresh()
		return nil, &NoPartitionError{Partitions: len(t.partitions)}
	}
	if b := c.view.Load().brokers[t.partitions[number].leader]; b != nil {
		return b, nil
	}
	c.Refresh()
	return nil, codes.LeaderNotAvailable
}

// run refreshes the view when asked, when a topic is missing, and from time to
// time.
func (c *Cluster) run(ctx context.Context) {
	var (
		next  = time.NewTimer(0)
		sweep = time.NewTicker(sweepEvery)
		calm  = broker.Backoff{Low: refreshLow, High: refreshHigh} // between refreshes that were asked for
		reach = broker.Backoff{Low: refreshLow, High: unreachHigh} // while no broker answers
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
				b.Sweep(now)
			}
			continue
		case <-next.C:
		case <-c.kick:
			// Those who wait for a leader ask again and again: the more in
			// vain, the slower the answer.
			if time.Since(last) > 2*refreshHigh {
				calm.Reset()
			}
			if pause := calm.Next() - time.Since(last); pause > 0 && broker.Sleep(ctx, pause) != nil {
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
			if broker.Sleep(ctx, reach.After(err)) != nil {
				return
			}
			next.Reset(0)
		case c.missing():
			reach.Reset()
			next.Reset(broker.Jitter(refreshMissing))
		default:
			reach.Reset()
			next.Reset(broker.Jitter(c.conf.MaxAge))
		}
		if changed {
			calm.Reset()
		}
	}
}

// update asks brokers one after another until one answers.
func (c *Cluster) update(ctx context.Context) (changed bool, err error) {
	c.mu.Lock()
	topics := slices.Sorted(maps.Keys(c.wanted))
	c.mu.Unlock()
	for _, addr := range c.candidates() {
		if err := c.env.Pace.Wait(ctx, time.Now().Add(time.Minute)); err != nil {
			return false, err
		}
		resp, aerr := metadata(ctx, c.conf.Dialer, addr, topics)
		if ctx.Err() != nil {
			return false, ctx.Err()
		}
		if aerr != nil {
			err = fmt.Errorf("look for the cluster at %s: %w", addr, aerr)
			continue
		}
		old := c.view.Load()
		v := c.merge(old, resp, addr)
		c.view.Store(v)
		c.replace(old, v)
		return c.announce(old, v), nil
	}
	return false, err
}

// candidates are the brokers to ask: those known that take requests in random
// order, the configured ones, and at last those that are held back or silent.
func (c *Cluster) candidates() []string {
	var addrs, held []string
	for _, b := range c.view.Load().brokers {
		if b.Ready() {
			addrs = append(addrs, b.Addr())
		} else {
			held = append(held, b.Addr())
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
func (c *Cluster) missing() bool {
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
func (c *Cluster) reached(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ok != (err == nil) {
		c.ok, c.since = err == nil, time.Now()
	}
	was := c.err
	c.err = err
	switch {
	case err == nil && was != nil:
		c.conf.Log.Info("cluster answers")
	case err != nil && (was == nil || errors.Is(was, errNotYet) || broker.Classify(was) != broker.Classify(err)):
		c.conf.Log.Warn("no broker answers, trying again for ever", keyError, err, keyCure, broker.Cure(err))
	}
}

// replace retires the brokers that are no longer there, and logs who came and
// went. A broker that died leaves the cluster, too, and comes back as another.
func (c *Cluster) replace(old, v *view) {
	for id, b := range old.brokers {
		if v.brokers[id] != b {
			b.Retire()
			c.conf.Log.Info("broker left the cluster", keyBroker, b.Addr())
		}
	}
	if len(old.brokers) == 0 {
		return // all of them are new
	}
	for id, b := range v.brokers {
		if old.brokers[id] != b {
			c.conf.Log.Info("broker joined the cluster", keyBroker, b.Addr())
		}
	}
}

// announce logs what changed about topics and tells whether anything did.
func (c *Cluster) announce(old, v *view) (changed bool) {
	for name, t := range v.topics {
		o := old.topics[name]
		switch {
		case t.err != nil && (o == nil || !errors.Is(o.err, t.err)):
			c.conf.Log.Warn("topic can't be used, its streams wait", keyTopic, name, keyError, t.err, keyCure, broker.Cure(t.err))
			changed = true
		case t.err == nil && (o == nil || o.err != nil || o.ID != t.ID || len(o.partitions) != len(t.partitions)):
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

// Status describes the cluster. It is healthy as long as anything can be sent.
func (c *Cluster) Status() outputs.Status {
	c.mu.Lock()
	s := outputs.Status{Healthy: c.ok, Since: c.since}
	if c.err != nil {
		s.LastError = c.err.Error()
	}
	c.mu.Unlock()
	brokers := slices.SortedFunc(maps.Values(c.view.Load().brokers), func(a, b *broker.Broker) int { return int(a.ID()) - int(b.ID()) })
	up := 0
	for _, b := range brokers {
		p := b.Peer()
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
