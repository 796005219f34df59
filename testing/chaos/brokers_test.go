package chaos

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"shipper/testing/scripted"
)

// brokers are three scripted ones on real sockets, behind networks that can fail,
// and what has arrived at them: lines of [talkers].
type brokers struct {
	*scripted.Cluster
	t     *testing.T
	addrs []string
	net   *scripted.Network

	mu       sync.Mutex
	next     map[string]int // by talker: the number that is to come
	where    map[string]int32
	trouble  []string // lines that are there twice, or not in order
	arrivals []arrival
}

// arrival is one line.
type arrival struct {
	talker string
	at     time.Time
	delay  time.Duration // since it was written
}

func newBrokers(t *testing.T, partitions int) *brokers {
	t.Helper()
	b := &brokers{t: t, next: make(map[string]int), where: make(map[string]int32)}
	var listeners []net.Listener
	for range 3 {
		l, err := net.Listen("tcp4", "127.0.0.1:0")
		must(t, err)
		listeners = append(listeners, l)
		b.addrs = append(b.addrs, l.Addr().String())
	}
	b.Cluster = scripted.New(b.addrs...)
	b.Take = b.take
	b.Create("chaos", partitions)
	b.net = scripted.NewNetwork(b.Cluster)
	for i, l := range listeners {
		t.Cleanup(b.net.Listen(l, b.addrs[i]))
	}
	return b
}

// take notes the lines of a batch that was appended.
func (b *brokers) take(_ string, partition int32, values []string) {
	now := time.Now()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, v := range values {
		f := strings.Fields(v)
		if len(f) != 3 {
			b.trouble = append(b.trouble, fmt.Sprintf("%q is no line of ours", v))
			continue
		}
		n, err := strconv.Atoi(f[1])
		written, terr := strconv.ParseInt(f[2], 10, 64)
		if err != nil || terr != nil || n != b.next[f[0]] {
			b.trouble = append(b.trouble, fmt.Sprintf("%q where %d was to come", v, b.next[f[0]]))
		}
		b.next[f[0]] = n + 1
		b.where[f[0]] = partition
		b.arrivals = append(b.arrivals, arrival{f[0], now, now.Sub(time.Unix(0, written))})
	}
}

// set changes the way to some brokers, all if none is named.
func (b *brokers) set(w scripted.Way, some ...int) {
	for i, addr := range b.addrs {
		if len(some) == 0 || slices.Contains(some, i) {
			b.net.Link(addr).Set(w)
		}
	}
}

// between are the lines that arrived from one moment to another.
func (b *brokers) between(from, to time.Time) []arrival {
	b.mu.Lock()
	defer b.mu.Unlock()
	var some []arrival
	for _, a := range b.arrivals {
		if !a.at.Before(from) && a.at.Before(to) {
			some = append(some, a)
		}
	}
	return some
}

// connectsASecond is the most that fell into any second.
func (b *brokers) connectsASecond() (most int) {
	all := b.net.Connects()
	from := 0
	for to := range all {
		for all[to].Sub(all[from]) >= time.Second {
			from++
		}
		most = max(most, to-from+1)
	}
	return most
}

// talkers are applications that append numbered lines with the time to files, all
// in step.
type talkers struct {
	t     *testing.T
	files []*os.File
	names []string
	lines int // of each
	stop  chan struct{}
	done  chan struct{}
}

func startTalkers(t *testing.T, dir string, n int, every time.Duration) *talkers {
	t.Helper()
	w := &talkers{t: t, stop: make(chan struct{}), done: make(chan struct{})}
	for i := range n {
		name := fmt.Sprintf("talker%02d", i)
		f, err := os.OpenFile(filepath.Join(dir, name+".log"), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o644)
		must(t, err)
		w.files, w.names = append(w.files, f), append(w.names, name)
	}
	go w.run(every)
	return w
}

func (w *talkers) run(every time.Duration) {
	defer close(w.done)
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-w.stop:
			return
		case <-tick.C:
		}
		for i, f := range w.files {
			if _, err := fmt.Fprintf(f, "%s %d %d\n", w.names[i], w.lines, time.Now().UnixNano()); err != nil {
				w.t.Error(err)
			}
		}
		w.lines++
	}
}

// end stops the talkers and waits until all that they said has arrived, once and
// in order.
func (w *talkers) end(b *brokers) {
	w.t.Helper()
	close(w.stop)
	<-w.done
	for _, f := range w.files {
		must(w.t, f.Close())
	}
	missing := func() (behind []string) {
		b.mu.Lock()
		defer b.mu.Unlock()
		for _, name := range w.names {
			if b.next[name] < w.lines {
				behind = append(behind, fmt.Sprintf("%s: %d of %d", name, b.next[name], w.lines))
			}
		}
		return behind
	}
	for until := time.Now().Add(time.Minute); len(missing()) > 0; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(until) {
			w.t.Fatalf("not all has arrived: %q", missing())
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.trouble) > 0 {
		w.t.Errorf("%d lines are twice there or not in order: %q", len(b.trouble), b.trouble[:min(5, len(b.trouble))])
	}
	if w.lines < 20 {
		w.t.Errorf("too little happened: %d lines each", w.lines)
	}
}
