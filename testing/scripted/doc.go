// Package scripted is Kafka brokers of which a test says what they answer, and a
// network between them and their clients that can fail in every way a network can.
//
//   - [Cluster]: some brokers with topics in common. They hold each producer's
//     numbers to Kafka's rules and keep the values of all records, to be looked at.
//   - [Act]: what a broker does with one request instead of serving it; a Script
//     decides for each.
//   - [Network]: connections in memory, for tests in the simulated time of
//     testing/synctest. [Link] is the way to one broker: it can be slow, dumb in
//     one or both directions, or cut.
//
// Network.Listen puts the same ways before the clients of real sockets.
//
// Known limits: no fetching, groups or transactions; one record batch a
// partition in a request; every topic is fully replicated to nobody.
package scripted
