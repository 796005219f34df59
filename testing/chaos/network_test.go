package chaos

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"shipper/testing/await"
	"shipper/testing/scripted"
)

// quick is the shortest attempt that can be configured: in the bounded share a
// network does not stay broken for long.
func quick() config {
	return config{kafka: full(`  attempt_timeout = "3s"`, "")}
}

// TestAnswersAreLost loses three of ten answers after the batch was appended.
func TestAnswersAreLost(t *testing.T) {
	t.Parallel()
	batches := full(200, 2000)
	chance := random(t)
	b := newBrokers(t, 12)
	var mu sync.Mutex
	served, lost := 0, 0
	b.SetScript(func(_ int32, req kmsg.Request) scripted.Act {
		if req.Key() != int16(kmsg.Produce) {
			return scripted.Act{}
		}
		mu.Lock()
		defer mu.Unlock()
		served++
		if chance.Float64() >= 0.3 {
			return scripted.Act{}
		}
		lost++
		return scripted.Act{HangUp: true}
	})
	a := newAgentAt(t, b.addrs[0], quick())
	a.start()
	w := startTalkers(t, a.logs, 24, 20*time.Millisecond)
	begun := time.Now()
	await.True(t, 10*time.Minute, "enough is served", func() bool {
		a.mustRun()
		mu.Lock()
		defer mu.Unlock()
		return served-lost >= batches
	})
	b.SetScript(nil)
	w.end(b)
	t.Logf("%d batches served, %d answers lost in %v; %d lines each; %d connects, at most %d a second",
		served, lost, time.Since(begun).Round(time.Second), w.lines, len(b.net.Connects()), b.connectsASecond())
	if n := b.connectsASecond(); n > 20 {
		t.Errorf("%d connects in a second", n)
	}
	if s := a.status(); s == nil || s.Routes[0].PossibleDuplicates != 0 {
		t.Error("possible duplicates were counted, or status is not answered")
	}
}

// TestNetworkFails breaks the network of all brokers in one way after another.
func TestNetworkFails(t *testing.T) {
	t.Parallel()
	outage := full(5*time.Second, 40*time.Second)
	b := newBrokers(t, 12)
	a := newAgentAt(t, b.addrs[0], quick())
	a.start()
	w := startTalkers(t, a.logs, 24, 20*time.Millisecond)
	await.True(t, time.Minute, "all talkers are heard", func() bool {
		b.mu.Lock()
		defer b.mu.Unlock()
		return len(b.next) == 24
	})
	for _, c := range []struct {
		name string
		way  scripted.Way
	}{
		{"nothing arrives", scripted.Way{There: true}},
		{"no answer comes", scripted.Way{Back: true}},
		{"half-open", scripted.Way{There: true, Back: true}},
		{"refused", scripted.Way{Refuse: true}},
		{"reset in mid-batch", scripted.Way{ResetAfter: 4000}},
		{"one megabit", scripted.Way{BytesPerSecond: 125_000}},
		{"answers come late", scripted.Way{Latency: 400 * time.Millisecond}},
	} {
		b.set(c.way)
		time.Sleep(outage)
		a.mustRun()
		healed := time.Now()
		b.set(scripted.Way{})
		b.mu.Lock()
		before := len(b.arrivals)
		b.mu.Unlock()
		heard := func() bool {
			b.mu.Lock()
			defer b.mu.Unlock()
			seen := make(map[string]bool)
			for _, arrived := range b.arrivals[before:] {
				seen[arrived.talker] = true
			}
			return len(seen) == 24
		}
		await.True(t, time.Minute, "all go on after the cure of: "+c.name, heard)
		t.Logf("%s: all go on %v after the cure", c.name, time.Since(healed).Round(10*time.Millisecond))
	}
	w.end(b)
	t.Logf("%d lines each; %d connects, at most %d a second", w.lines, len(b.net.Connects()), b.connectsASecond())
	if n := b.connectsASecond(); n > 20 {
		t.Errorf("%d connects in a second", n)
	}
}

// TestOneOfThreeBrokersHangs looks at the lines that go to the others meanwhile.
func TestOneOfThreeBrokersHangs(t *testing.T) {
	t.Parallel()
	hang, attempt := full(12*time.Second, time.Minute), full(3*time.Second, 10*time.Second)
	b := newBrokers(t, 12)
	a := newAgentAt(t, b.addrs[0], quick())
	a.start()
	w := startTalkers(t, a.logs, 48, 10*time.Millisecond)
	await.True(t, time.Minute, "all talkers are heard", func() bool {
		b.mu.Lock()
		defer b.mu.Unlock()
		return len(b.next) == 48
	})
	calm := time.Now()
	time.Sleep(4 * time.Second)
	hung := time.Now()
	b.set(scripted.Way{There: true, Back: true}, 1)
	time.Sleep(hang)
	healed := time.Now()
	b.set(scripted.Way{})
	w.end(b)

	others := func(from, to time.Time) (rate float64, delays []time.Duration) {
		for _, arrived := range b.between(from, to) {
			if b.where[arrived.talker]%3 != 1 {
				delays = append(delays, arrived.delay)
			}
		}
		slices.Sort(delays)
		return float64(len(delays)) / to.Sub(from).Seconds(), delays
	}
	before, _ := others(calm, hung)
	during, _ := others(hung, healed)
	_, delays := others(hung.Add(attempt), healed)
	p99 := delays[len(delays)*99/100]
	t.Logf("others: %.0f lines/s before, %.0f while one hung, %.1f %%; after the first time-out p99 %v, worst %v",
		before, during, 100*during/before, p99, delays[len(delays)-1])
	if before < 1000 || during < 0.9*before || p99 > time.Second {
		t.Errorf("the others were held up: %.0f lines/s, then %.0f, p99 %v", before, during, p99)
	}
}

// TestOnePoisonRecord puts one record that no broker takes among a million.
func TestOnePoisonRecord(t *testing.T) {
	t.Parallel()
	const lines, poison = 1_000_000, 617_283
	for _, named := range []bool{true, false} {
		t.Run(map[bool]string{true: "named", false: "not named"}[named], func(t *testing.T) {
			b := newBrokers(t, 3)
			b.Judge = func(values []string) (int16, []int32) {
				i := slices.Index(values, "POISON")
				switch {
				case i < 0:
					return 0, nil
				case named:
					return 87, []int32{int32(i)} // INVALID_RECORD
				}
				return 87, nil
			}
			a := newAgentAt(t, b.addrs[0], config{})
			var text strings.Builder
			for i := range lines {
				if i == poison {
					text.WriteString("POISON\n")
				}
				fmt.Fprintf(&text, "talker00 %d 0\n", i)
			}
			must(t, os.WriteFile(filepath.Join(a.logs, "a.log"), []byte(text.String()), 0o644))
			a.start()
			await.True(t, 2*time.Minute, "all has arrived", func() bool {
				a.mustRun()
				b.mu.Lock()
				defer b.mu.Unlock()
				return b.next["talker00"] == lines
			})
			if len(b.trouble) > 0 {
				t.Errorf("%d lines are not in order: %q", len(b.trouble), b.trouble[0])
			}
			await.True(t, time.Minute, "it is counted", func() bool {
				s := a.status()
				return s != nil && s.Routes[0].QuarantinedRecords == 1
			})
			a.stop()
			out, err := exec.Command(program(t), "quarantine", "list", "--config", a.configPath(), "--json").CombinedOutput()
			must(t, err)
			if strings.Count(string(out), `"value"`) != 1 || !strings.Contains(string(out), `"UE9JU09O"`) {
				t.Errorf("in quarantine is: %s", out)
			}
		})
	}
}
