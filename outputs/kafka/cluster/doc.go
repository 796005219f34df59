// Package cluster is what is known of a Kafka cluster: its brokers, its topics,
// who leads each partition, and what the topics promise. It sends no records.
//
// The types to know:
//
//   - [Cluster]: one goroutine asks for metadata, everybody else reads an
//     immutable view. Nothing but Describe and Close blocks.
//   - [Topic]: one topic of a view, with the id by which a topic that was
//     deleted and created again is told from the one before.
//   - [Demand]: what an acknowledgement must be worth; Refusal compares.
//   - [Description]: what a broker says of topics when asked, for people.
//
// # Invariants
//
//   - A topic is gone only when every broker of the cluster has said so.
//   - A leader is never replaced by one of an older epoch of the same topic.
//   - While logging in fails, a broker is logged in to once a try, and tries
//     are seconds apart.
//
// # Limits
//
//   - Topics are never created on the side; a topic that is missing is waited for.
//   - Topics once asked for are asked for again as long as the Cluster lives.
package cluster
