package agent

import (
	"slices"
	"testing"

	"shipper/agent/parts"
	"shipper/agent/status/metrics"
	"shipper/inputs/logfile"
)

// TestEveryCounterHasAMetric: what is counted is shown, and nothing is shown that
// nobody counts.
func TestEveryCounterHasAMetric(t *testing.T) {
	counted := parts.Counters(logfile.Counters{})
	shown := metrics.Reasons()
	for key := range counted {
		if !slices.Contains(shown, key) {
			t.Errorf("%s is counted, and has no metric", key)
		}
	}
	for _, key := range shown {
		if _, ok := counted[key]; !ok {
			t.Errorf("%s has a metric, and nobody counts it", key)
		}
	}
}
