// Package codes is the table of every error code of the Kafka protocol: its
// name, what it means to a producer, and what a person can do about it.
//
// The types to know:
//
//   - [Code]: its [outputs.Class] says how to go on, and [Code.BeforeAppend]
//     whether a broker gives it only before anything was appended: the closed
//     list on which the difference between a refused and an unresolved batch
//     rests.
//   - [Effect]: what an answer to a produce request does to the batch.
//   - [Answer]: a code in answer to a certain [Request], with the class that it
//     has there.
//
// packaging/docs/kafka-errors.md is made of the table; go test -update writes it
// anew. A code that is not known (from a newer broker) is of
// class outputs.UnknownError and never counted as given before the append.
//
// The table covers Apache Kafka 4.3.1, -1 to 133.
package codes
