package routes

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"shipper/testing/bench/live"
	"shipper/testing/bench/processes"
)

// TestDeadOutput: an output whose brokers take connections and answer nothing, for
// the whole run, costs the other one of the input neither CPU worth mentioning nor
// time. Runs with and without it take turns.
func TestDeadOutput(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer func() { must(t, silent.Close()) }()
	const runs, times, lines = 3, 4, 2_000_000
	cost := map[bool][]float64{}
	late := map[bool][]float64{}
	for range runs {
		for _, dead := range []bool{false, true} {
			logs := t.TempDir()
			f, err := os.Create(filepath.Join(logs, "a.log"))
			must(t, err)
			var block []byte
			for n := range lines / times {
				block = append(block, line(0, n)...)
			}
			for range times {
				_, err = f.Write(block)
				must(t, err)
			}
			must(t, f.Close())

			var arrivals live.Arrivals
			broker, stop, err := live.Serve(t.Context(), &arrivals)
			must(t, err)
			blocks := processes.ToKafka(logs, broker.Addr(), `compression = "none"`)
			if dead {
				blocks = processes.BesideDead(blocks, silent.Addr().String())
			}
			a, err := processes.Start(t.Context(), t.TempDir(), "", shared.program, blocks)
			must(t, err)
			var early error
			for deadline := time.Now().Add(time.Minute); arrivals.Others() < lines; time.Sleep(5 * time.Millisecond) {
				if time.Now().After(deadline) {
					early = fmt.Errorf("%d lines arrived", arrivals.Others())
					break
				}
			}
			used, err := a.CPU()
			must(t, err)
			cost[dead] = append(cost[dead], used.Seconds())
			from := time.Now()
			f, err = os.Create(filepath.Join(logs, "live.log"))
			must(t, err)
			for range 150 {
				_, err = f.Write(arrivals.Line())
				must(t, err)
				time.Sleep(10 * time.Millisecond)
			}
			must(t, f.Close())
			for deadline := time.Now().Add(time.Minute); arrivals.Missing() > 0 && early == nil; time.Sleep(5 * time.Millisecond) {
				if time.Now().After(deadline) {
					early = fmt.Errorf("%d lines are missing", arrivals.Missing())
				}
			}
			half, _ := arrivals.Delays(from)
			late[dead] = append(late[dead], half)
			must(t, a.End(early))
			stop()
		}
	}
	median := func(list []float64) float64 { return slices.Sorted(slices.Values(list))[len(list)/2] }
	t.Logf("CPU s without %.2f, with %.2f: throughput %.0f %%; delay without %.1f ms, with %.1f ms",
		median(cost[false]), median(cost[true]), 100*median(cost[false])/median(cost[true]), median(late[false]), median(late[true]))
	if r := median(cost[false]) / median(cost[true]); r < 0.6 {
		t.Errorf("beside a dead output the other ships %.0f %% for the same CPU", 100*r)
	}
	if with, without := median(late[true]), median(late[false]); with > 5*without+500 {
		t.Errorf("beside a dead output lines are under way for %.1f ms, without for %.1f ms", with, without)
	}
}
