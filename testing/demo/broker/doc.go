// Package broker is an embedded Kafka cluster that can be taken away and brought
// back: three kfake brokers behind a gate in their network.
//
//   - Kafka is what the demo needs of a cluster: Start gives the embedded one,
//     StartReal three nodes of Apache Kafka.
//   - Run serves them in a process of their own.
//   - gate is what shuts: first the answers get lost, then the connections
//     break, then nobody listens any more.
//
// The records are kept in memory and survive the brokers being away, as those
// of a replicated topic do. They do not survive the process.
package broker
