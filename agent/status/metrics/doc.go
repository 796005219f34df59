// Package metrics gives the agent's status to Prometheus.
//
//   - The table in table.go is all there is: each metric's name, meaning, labels,
//     and how a snapshot gives its values.
//   - [Handler] serves them, with those of the process and of the Go runtime.
//   - [Reference] is the page of the documentation, packaging/docs/metrics.md,
//     made from the same table.
//
// The number of series depends on the numbers of inputs, routes, outputs and
// brokers, never on that of files: whoever wants to know about one file asks
// shipper status or shipper explain.
package metrics
