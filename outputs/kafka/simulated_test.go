package kafka

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"shipper/inputs"
	"shipper/outputs"
	"shipper/testing/scripted"
)

// simulation is an output and its brokers in simulated time, and what stands for
// the agent: lanes that send the batches of each partition in order, as patient
// as an agent is. It runs in a bubble of testing/synctest.
type simulation struct {
	*testing.T
	cluster *scripted.Cluster
	net     *scripted.Network
	out     *Output
	log     *logBuffer
	lanes   chan struct{} // as many as there are lanes
	stop    atomic.Bool
	begun   time.Time

	every time.Duration // a batch of each partition; 0: as fast as it goes

	mu     sync.Mutex
	acks   []ack
	budget int // batches still to be sent; < 0: no bound
	wrong  int // batches given up
}

// ack is when a batch of a partition was acknowledged, and how long it had
// been tried.
type ack struct {
	partition int32
	at        time.Time
	took      time.Duration
}

// simAddrs are the brokers.
var simAddrs = []string{"k0:9092", "k1:9092", "k2:9092"}

const simPartitions = 12

// simulate runs f in simulated time. Whatever it ends with, every record that was
// handed over must be in its partition once, in order.
func simulate(t *testing.T, f func(s *simulation)) {
	t.Helper()
	simulateWith(t, func(*Config) {}, f)
}

// simulateWith does so with another configuration.
func simulateWith(t *testing.T, change func(*Config), f func(s *simulation)) {
	t.Helper()
	log := &logBuffer{}
	synctest.Test(t, func(t *testing.T) {
		s := &simulation{T: t, log: log, cluster: scripted.New(simAddrs...), lanes: make(chan struct{}, 4), begun: time.Now(), budget: -1}
		s.cluster.User, s.cluster.Password = "u", "p" // for those who log in
		s.cluster.Create(topicName, simPartitions)
		s.net = scripted.NewNetwork(s.cluster)
		cfg := Config{
			Label: "sim", Brokers: simAddrs, AgentID: "agent", RecordID: true, MaxSilent: cap(s.lanes) / 2,
			Net: s.net.Dial, Log: slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		}
		change(&cfg)
		out, err := Open(cfg)
		if err != nil {
			t.Fatal(err)
		}
		s.out = out
		defer func() {
			if err := out.Close(context.Background()); err != nil {
				t.Error(err)
			}
			for _, a := range simAddrs {
				s.net.Link(a).Reset()
			}
			s.net.Wait()
		}()
		f(s)
	})
	if t.Failed() {
		text := log.String()
		t.Logf("the log ends:\n%s", text[max(0, len(text)-6000):])
	}
}

// ship sends batches to every partition until the budget is used up or stop is
// set, and then compares what is in the partitions with what was sent.
func (s *simulation) ship() {
	s.Helper()
	sent := make([]int, simPartitions)
	var wg sync.WaitGroup
	for p := range int32(simPartitions) {
		wg.Go(func() { sent[p] = s.stream(p) })
	}
	wg.Wait()
	for p, n := range sent {
		got := s.cluster.Values(topicName, int32(p))
		want := make([]string, n)
		for i := range want {
			want[i] = strconv.Itoa(i)
		}
		if !slices.Equal(got, want) {
			i := 0
			for i < min(len(got), len(want)) && got[i] == want[i] {
				i++
			}
			s.Errorf("partition %d holds %d records, %d were sent; they differ at %d", p, len(got), n, i)
		}
	}
	if s.wrong > 0 {
		s.Errorf("%d batches were given up", s.wrong)
	}
}

// stream sends batches of two records to one partition, one after the other.
func (s *simulation) stream(partition int32) (records int) {
	st := &inputs.Stream{Input: "in", Name: strconv.Itoa(int(partition)), Topic: topicName}
	gen := &inputs.Generation{ID: uint64(partition) + 1, Stream: st, Path: st.Name}
	offset := int64(0)
	next := time.Now()
	for !s.stop.Load() && s.next() {
		seg := inputs.Segment{Gen: gen, Start: offset}
		for range 2 {
			seg.Data = append(strconv.AppendInt(seg.Data, int64(records), 10), '\n')
			seg.Ends = append(seg.Ends, uint32(len(seg.Data)))
			records++
		}
		seg.End = offset + int64(len(seg.Data))
		offset = seg.End
		next = next.Add(s.every)
		time.Sleep(time.Until(next))
		s.deliver(&outputs.Batch{Shard: outputs.Shard{Topic: topicName, Partition: partition}, Time: time.Now(), Segments: []inputs.Segment{seg}})
	}
	return records
}

func (s *simulation) next() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.budget == 0 {
		return false
	}
	s.budget--
	return true
}

// deliver does as the agent does until the batch is acknowledged.
func (s *simulation) deliver(b *outputs.Batch) {
	begun, pause := time.Now(), 100*time.Millisecond
	for {
		s.lanes <- struct{}{}
		s.out.Write(context.Background(), []*outputs.Batch{b})
		<-s.lanes
		switch b.Fate.State {
		case outputs.Acked:
			s.mu.Lock()
			s.acks = append(s.acks, ack{b.Shard.Partition, time.Now(), time.Since(begun)})
			s.mu.Unlock()
			return
		case outputs.Unresolved:
			b.Repeat = true
		case outputs.GivenUp:
			s.mu.Lock()
			s.wrong++
			s.mu.Unlock()
			b.Repeat = false
		case outputs.Refused:
			b.Repeat = false
		}
		time.Sleep(pause/2 + rand.N(pause/2))
		pause = min(2*pause, agentPatience)
		for !s.out.Ready(b.Shard) {
			time.Sleep(250 * time.Millisecond)
		}
	}
}

// agentPatience is the longest pause of the agent between two attempts.
const agentPatience = 5 * time.Second

// between are the acknowledgements from one moment to another.
func (s *simulation) between(from, to time.Time) []ack {
	s.mu.Lock()
	defer s.mu.Unlock()
	var some []ack
	for _, a := range s.acks {
		if !a.at.Before(from) && a.at.Before(to) {
			some = append(some, a)
		}
	}
	return some
}

// connectsASecond is the most that fell into any second.
func (s *simulation) connectsASecond() int {
	all := s.net.Connects()
	most, from := 0, 0
	for to := range all {
		for all[to].Sub(all[from]) >= time.Second {
			from++
		}
		most = max(most, to-from+1)
	}
	return most
}

// torture tells whether the full counts are wanted.
func torture() bool { return os.Getenv("SHIPPER_TORTURE") != "" }

// seeded returns a source of chance and says how to repeat it.
func seeded(t *testing.T) *rand.Rand {
	t.Helper()
	seed := uint64(time.Now().UnixNano())
	if s := os.Getenv("SHIPPER_KAFKA_SEED"); s != "" {
		if _, err := fmt.Sscan(s, &seed); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("repeat with: SHIPPER_KAFKA_SEED=%d go test -count=1 -run '^%s$' ./outputs/kafka", seed, t.Name())
	return rand.New(rand.NewPCG(seed, seed))
}
