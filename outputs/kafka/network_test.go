package kafka

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"shipper/testing/scripted"
)

// Three of ten answers are lost after the write, while other records of equal
// count wait behind every batch.
func TestAnswersLostAfterTheWrite(t *testing.T) {
	batches := 3_000
	if torture() {
		batches = 100_000
	}
	chance := seeded(t)
	simulate(t, func(s *simulation) {
		var mu sync.Mutex
		lost := 0
		s.cluster.SetScript(func(_ int32, req kmsg.Request) scripted.Act {
			if req.Key() != int16(kmsg.Produce) {
				return scripted.Act{}
			}
			mu.Lock()
			defer mu.Unlock()
			if chance.Float64() >= 0.3 {
				return scripted.Act{}
			}
			lost++
			return scripted.Act{HangUp: true}
		})
		s.budget = batches
		s.ship()
		mu.Lock()
		defer mu.Unlock()
		t.Logf("%d batches, %d answers lost, %d connects in %v, at most %d a second",
			batches, lost, len(s.net.Connects()), time.Since(s.begun).Round(time.Second), s.connectsASecond())
		if lost < batches/5 {
			t.Errorf("only %d answers were lost", lost)
		}
		if n := s.connectsASecond(); n > 20 {
			t.Errorf("%d connects in a second", n)
		}
	})
}

// The ways in which a network fails, each for half a minute, on the way to one broker
// or to all.
func TestNetworkFails(t *testing.T) {
	for name, way := range map[string]scripted.Way{
		"nothing arrives":       {There: true},
		"no answer comes":       {Back: true},
		"half-open":             {There: true, Back: true},
		"refused":               {Refuse: true},
		"reset in mid-batch":    {ResetAfter: 900},
		"one megabit":           {BytesPerSecond: 125_000},
		"answers come late":     {Latency: 700 * time.Millisecond},
		"answers come too late": {Latency: 12 * time.Second},
	} {
		for _, all := range []bool{false, true} {
			t.Run(name+map[bool]string{false: ", one broker", true: ", all brokers"}[all], func(t *testing.T) {
				simulate(t, func(s *simulation) { s.failAndHeal(way, all) })
			})
		}
	}
}

// failAndHeal breaks the way to brokers for half a minute, and sees that what can go
// on goes on, and the rest once the way is whole.
func (s *simulation) failAndHeal(way scripted.Way, all bool) {
	const (
		calm   = 5 * time.Second
		outage = 30 * time.Second
		cure   = 10 * time.Second
	)
	s.cluster.SetScript(func(_ int32, req kmsg.Request) scripted.Act {
		if req.Key() == int16(kmsg.Produce) {
			return scripted.Act{Delay: 20 * time.Millisecond} // or nothing takes time
		}
		return scripted.Act{}
	})
	set := func(w scripted.Way) {
		for i, a := range simAddrs {
			if all || i == 1 {
				s.net.Link(a).Set(w)
			}
		}
	}
	done := make(chan struct{})
	go func() { defer close(done); s.ship() }()
	time.Sleep(calm)
	broken := time.Now()
	set(way)
	time.Sleep(outage)
	healed := time.Now()
	set(scripted.Way{})
	time.Sleep(3 * cure)
	s.stop.Store(true)
	<-done

	before := len(s.between(broken.Add(-2*time.Second), broken)) / 2
	if before < 50 {
		s.Errorf("only %d batches a second before", before)
	}
	back := make(map[int32]time.Duration)
	var worst time.Duration
	for _, a := range s.between(healed, healed.Add(3*cure)) {
		if _, ok := back[a.partition]; !ok {
			back[a.partition] = a.at.Sub(healed)
			worst = max(worst, a.at.Sub(healed))
		}
	}
	if len(back) != simPartitions || worst > cure {
		s.Errorf("%d of %d partitions go on, the last %v after the cure", len(back), simPartitions, worst)
	}
	if n := s.connectsASecond(); n > 20 {
		s.Errorf("%d connects in a second", n)
	}
	s.Logf("%d batches a second before; all go on %v after the cure; %d connects, at most %d a second",
		before, worst.Round(time.Millisecond), len(s.net.Connects()), s.connectsASecond())
}

// One of three brokers hangs: what goes to the others goes on as if nothing were.
func TestHungBrokerHoldsUpNoOther(t *testing.T) {
	slow := func(_ int32, req kmsg.Request) (a scripted.Act) {
		if req.Key() == int16(kmsg.Produce) {
			a.Delay = 5 * time.Millisecond // or nothing takes time
		}
		return a
	}
	silent := func(broker int32, req kmsg.Request) scripted.Act {
		a := slow(broker, req)
		a.Silent = broker == 1 && req.Key() == int16(kmsg.Produce)
		return a
	}
	for name, hang := range map[string]func(s *simulation){
		"altogether":             func(s *simulation) { s.net.Link(simAddrs[1]).Set(scripted.Way{There: true, Back: true}) },
		"with the prober served": func(s *simulation) { s.cluster.SetScript(silent) },
	} {
		t.Run(name, func(t *testing.T) {
			simulate(t, func(s *simulation) {
				s.cluster.SetScript(slow)
				s.every = 50 * time.Millisecond
				done := make(chan struct{})
				go func() { defer close(done); s.ship() }()
				time.Sleep(5 * time.Second)
				hung := time.Now()
				hang(s)
				time.Sleep(time.Minute)
				s.net.Link(simAddrs[1]).Set(scripted.Way{})
				s.cluster.SetScript(slow)
				time.Sleep(20 * time.Second)
				s.stop.Store(true)
				<-done
				s.othersWentOn(hung)
			})
		})
	}
}

// othersWentOn looks at the partitions of brokers 0 and 2 while broker 1 hung.
func (s *simulation) othersWentOn(hung time.Time) {
	s.Helper()
	others := func(from, to time.Time) (n int, took []time.Duration) {
		for _, a := range s.between(from, to) {
			if a.partition%3 != 1 {
				took = append(took, a.took)
			}
		}
		slices.Sort(took)
		return len(took), took
	}
	before, _ := others(hung.Add(-4*time.Second), hung)
	during, took := others(hung.Add(time.Second), hung.Add(time.Minute))
	rate := float64(during) / 59 / (float64(before) / 4)
	p99 := took[len(took)*99/100]
	s.Logf("others: %.1f %% of the rate before, p99 %v, worst %v", 100*rate, p99, took[len(took)-1])
	// Who waits behind a hung broker's excess waits a second once, and not for the
	// length of an attempt.
	if worst := took[len(took)-1]; before < 400 || rate < 0.9 || p99 > time.Second || worst > 3*time.Second {
		s.Errorf("the others were held up: %d batches in the 4 s before, then %.1f %% of their rate, p99 %v, worst %v", before, 100*rate, p99, worst)
	}
}

// The controller gives a hung broker's partitions to others after some seconds.
// Who waits for the hung one goes to the new leaders, and does not wait it out.
func TestLeaderMovesAwayFromAHungBroker(t *testing.T) {
	simulate(t, func(s *simulation) {
		s.every = 50 * time.Millisecond
		done := make(chan struct{})
		go func() { defer close(done); s.ship() }()
		time.Sleep(5 * time.Second)
		s.net.Link(simAddrs[1]).Set(scripted.Way{There: true, Back: true})
		time.Sleep(3 * time.Second)
		moved := time.Now()
		s.cluster.Fence(1)
		time.Sleep(30 * time.Second)
		s.stop.Store(true)
		<-done
		back := make(map[int32]time.Duration)
		var worst time.Duration
		for _, a := range s.between(moved, moved.Add(30*time.Second)) {
			if _, ok := back[a.partition]; !ok {
				back[a.partition] = a.at.Sub(moved)
				worst = max(worst, a.at.Sub(moved))
			}
		}
		t.Logf("all go on %v after the leaders moved", worst)
		if len(back) != simPartitions || worst > 5*time.Second {
			t.Errorf("%d of %d partitions go on, the last after %v", len(back), simPartitions, worst)
		}
	})
}
