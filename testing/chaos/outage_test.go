package chaos

import (
	"testing"
	"time"

	"shipper/testing/bench/live"
	"shipper/testing/process"
)

// TestOutage: while the broker is away a log grows by far more than there is
// memory. All of it arrives when the broker is back, once, and other logs do not
// wait for it.
func TestOutage(t *testing.T) {
	t.Parallel()
	seed := random(t).Uint64()
	lines := new(live.Arrivals)
	broker, stop, err := live.Serve(t.Context(), lines)
	must(t, err)
	defer stop()
	a := newAgent(t, &sink{Broker: broker}, config{kafka: `  compression = "none"`})
	a.start()
	story := &live.Outage{
		Logs: a.logs, Seed: seed, Size: full[int64](512<<20, 5<<30), Away: full(time.Minute, 10*time.Minute),
		Broker: broker, Lines: lines, Agent: measured{a.proc},
	}
	r, err := story.Run(t.Context())
	must(t, err)
	a.stop()
	peak := a.proc.Peak()
	t.Logf("lost %d; peak %.1f MiB; caught up in %.2f s at %.0f %% of the steady rate for a CPU second; other lines p50 %.1f ms, p99 %.1f ms",
		r.Lost, float64(peak)/(1<<20), r.Wall, r.OfSteady, r.P50, r.P99)
	if r.Lost != 0 {
		t.Errorf("%d lines did not arrive", r.Lost)
	}
	// Of each partition an answer may have gone with the connection; the broker knows the
	// batch when it comes again.
	if n := broker.Stats().Repeats; n > 4 {
		t.Errorf("%d batches were sent twice", n)
	}
	if most := int64(64 << 20); peak > most {
		t.Errorf("the agent took %d bytes, more than %d", peak, most)
	}
}

// measured is an agent whose CPU time can be told.
type measured struct{ *process.Process }

func (m measured) CPU() (time.Duration, error) { return process.CPU(m.PID()) }
