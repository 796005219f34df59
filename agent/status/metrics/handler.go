package metrics

import (
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"shipper/agent/status"
)

// Path is where metrics are served.
const Path = "/metrics"

// Handler serves the metrics. The function is called for each request and may be
// called from several goroutines at once.
func Handler(snapshot func() status.Snapshot) http.Handler {
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(newCollector(snapshot), collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return promhttp.HandlerFor(registry, promhttp.HandlerOpts{
		ErrorHandling:      promhttp.ContinueOnError, // one odd value hides no other
		DisableCompression: true,                     // a scraper is near; the CPU is the application's
	})
}

// collector gives Prometheus the table.
type collector struct {
	snapshot     func() status.Snapshot
	descriptions []*prometheus.Desc
}

func newCollector(snapshot func() status.Snapshot) *collector {
	c := &collector{snapshot: snapshot}
	for _, m := range table {
		c.descriptions = append(c.descriptions, prometheus.NewDesc(m.name, m.help, m.labels, nil))
	}
	return c
}

// Describe implements prometheus.Collector.
func (c *collector) Describe(to chan<- *prometheus.Desc) {
	for _, d := range c.descriptions {
		to <- d
	}
}

// Collect implements prometheus.Collector.
func (c *collector) Collect(to chan<- prometheus.Metric) {
	s := c.snapshot()
	for i, m := range table {
		kind := prometheus.GaugeValue
		if m.kind == counter {
			kind = prometheus.CounterValue
		}
		m.values(&s, func(v float64, labels ...string) {
			to <- prometheus.MustNewConstMetric(c.descriptions[i], kind, v, printable(labels)...)
		})
	}
}
