package failover

import (
	"fmt"
	"maps"
	"testing"
	"time"
)

// What goes on beside a return.
const (
	besideLogs = 8
	besideRate = 10_000_000 // bytes a second, of all of them
	besideTick = 20 * time.Millisecond
)

// TestReturnBeside: while much returns, lines of logs that were never aside are not
// held up by it, on the same partitions, and what returns is in order. With a
// return_rate it takes its time.
func TestReturnBeside(t *testing.T) {
	size, slowest := int64(96<<20), 10*time.Second
	if torture() {
		size, slowest = 2<<30, time.Second // a machine that does other things, too, is slower
	}
	for name, c := range map[string]struct {
		rate int64 // of the return; 0: no bound
		gone bool  // the files are
	}{
		"files":   {},
		"objects": {gone: true},
		"slowly":  {rate: size / 20},
	} {
		t.Run(name, func(t *testing.T) { // one at a time: they would hold each other up
			s := newStory(t, settings{
				kafka: `compression = "zstd"`, bucket: `object_size = "4MiB"`,
				failover: fmt.Sprintf("after = \"1s\"\n    return_after = \"0s\"\n    return_rate = %d", c.rate),
			})
			read := s.read()
			s.start()
			s.fillAside(read, size)
			if c.gone {
				for name := range s.logs {
					s.remove(name)
				}
				s.restart() // it holds what was deleted for a while
			}
			returning, before := maps.Clone(s.logs), s.cpu()
			s.kafka.away.Store(false)
			first := read.heads()
			s.until("lines of every log return: no partition waits for its next attempt", func() bool {
				now := read.heads()
				for name := range returning {
					if now[name] == first[name] {
						return false
					}
				}
				return true
			})

			begun := time.Now()
			var returned time.Duration
			for n := 0; returned == 0 || time.Since(begun) < 5*time.Second; n++ {
				for i := range besideLogs {
					text := fmt.Sprintf("@%d %s", time.Now().UnixNano(), long)
					must(t, s.append(fmt.Sprintf("beside%d", i), int(besideRate*besideTick/time.Second)/besideLogs/len(text), text))
				}
				if returned == 0 && read.reached(returning) {
					returned = time.Since(begun)
				}
				if time.Since(begun) > 5*time.Minute {
					t.Fatal("it does not return")
				}
				time.Sleep(time.Until(begun.Add(time.Duration(n) * besideTick)))
			}
			s.until("everything arrives", func() bool { return read.reached(s.logs) })
			read.inOrder(t, s.logs)
			if c.gone {
				s.eachOnce(size / (4 << 20))
			}
			after := s.cpu()
			p50, p99 := read.quantile(0.5), read.quantile(0.99)
			t.Logf("%d MiB returned in %s (%s of CPU for all, peak RSS %d MiB); %d lines beside it were under way for %s (half) and %s (99 %%) at most",
				size>>20, returned.Round(time.Millisecond), (after - before).Round(time.Millisecond), s.agent.Peak()>>20,
				len(read.delays), p50.Round(time.Millisecond), p99.Round(time.Millisecond))
			if p99 > slowest {
				t.Errorf("lines beside the return were under way for %s, at most %s are allowed", p99, slowest)
			}
			if least := time.Duration(float64(size) / float64(c.rate) * 0.7 * float64(time.Second)); c.rate > 0 && returned < least {
				t.Errorf("it took %s, with return_rate it should take %s", returned, least/7*10)
			}
		})
	}
}

// eachOnce demands that at least so many objects were got, and hardly any of them twice:
// a piece of it is not reason enough to fetch all of it.
func (s *story) eachOnce(least int64) {
	s.t.Helper()
	gets, most := s.proxy.Gets(), 0
	total := int64(0)
	for _, n := range gets {
		total, most = total+int64(n), max(most, n)
	}
	s.t.Logf("%d objects were got %d times, one of them %d times", len(gets), total, most)
	if int64(len(gets)) < least {
		s.t.Errorf("only %d objects were got, of at least %d", len(gets), least)
	}
	if most > 2 || total > int64(len(gets))*11/10 {
		s.t.Errorf("%d objects were got %d times", len(gets), total)
	}
}

// fillAside has so many bytes of four logs put aside, of several files each.
func (s *story) fillAside(read *reader, size int64) {
	s.t.Helper()
	names := []string{"a", "b", "c", "d"}
	for _, n := range names {
		s.write(n, 1)
	}
	s.until("the first lines arrive", func() bool { return read.reached(s.logs) })
	before, _ := s.written()
	s.kafka.away.Store(true)
	const chunk, turns = 1 << 20, 2
	for i := range turns {
		for _, n := range names {
			for range size / chunk / turns / int64(len(names)) {
				must(s.t, s.append(n, chunk/len(long), long))
			}
			if i < turns-1 {
				s.turn(n)
			}
		}
	}
	s.untilAside(before)
}
