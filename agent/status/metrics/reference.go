package metrics

import (
	"fmt"
	"strings"
)

// Reference is the documentation of all metrics, in Markdown.
func Reference() string {
	var b strings.Builder
	b.WriteString(`# Metrics

` + "`GET /metrics`" + ` on the address that ` + "`agent.listen`" + ` names (127.0.0.1:9640), in the
format of Prometheus. Series are of inputs, routes, outputs and brokers, never of
files, so that their number does not grow with that of files: ` + "`shipper status`" + `
and ` + "`shipper explain FILE`" + ` tell about those. Counters begin at 0 with the process.

Beside these there are those of the process (` + "`process_cpu_seconds_total`" + `,
` + "`process_resident_memory_bytes`" + `, ...) and of the Go runtime (` + "`go_...`" + `).

| metric | type | labels | meaning |
|---|---|---|---|
`)
	for _, m := range table {
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", m.name, m.kind, strings.Join(m.labels, ", "), m.help)
	}
	section := func(name string, of []reason) {
		fmt.Fprintf(&b, "\n## Reasons of `%s`\n\n| reason | |\n|---|---|\n", name)
		for _, r := range of {
			fmt.Fprintf(&b, "| `%s` | %s |\n", r.key, r.help)
		}
	}
	section("shipper_input_unshipped_bytes_total", unshipped)
	section("shipper_input_events_total", events)
	b.WriteString(`
## Dashboard and alerts

` + "`dashboards/grafana.json`" + ` is a dashboard for Grafana, ` + "`dashboards/alerts.yml`" + ` are rules
for Prometheus: lag, runway, a route that stalls, is diverted or waits for a person, quarantine,
bytes lost, an invalid configuration, and state that can't be written.
`)
	return b.String()
}
