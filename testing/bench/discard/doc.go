// Package discard is a Kafka broker that keeps nothing: it takes every record,
// counts it, and forgets it, at as little cost as possible, so that a benchmark
// on the same machine measures the one who sends.
//
// It is the whole cluster: whatever topic is asked for exists, with the
// configured number of partitions, all led by this broker. [Broker] is the
// type to know; program cmd/discard runs one in a process of its own.
//
// Without Config.Check, of a record batch only the header's record count is
// looked at. With it the checksum is verified and each producer's sequence
// numbers are held to Kafka's rules.
//
// For tests of faults it can be made slow while it runs, and taken away and
// brought back with all that it remembers: SetAckDelay, Away and Back.
//
// Known limits: no fetching, no groups, no transactions, no authentication; a
// connection's requests are answered one after the other.
package discard
