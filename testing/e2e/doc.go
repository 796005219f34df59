// Package e2e drives the shipped program as a user would, against a real
// three-node Apache Kafka, and counts what arrives. It holds tests only.
//
// One cluster and one build of the program serve all tests; every test has
// directories and a topic of its own. Tests that take brokers away leave the
// cluster whole again, and run one after the other: the outages of one would be
// the other's. Those that leave the cluster alone run after them, in parallel.
//
// Where time plays a part it is the time of the programs that are tested. What
// is random comes from a seed that is printed; SHIPPER_E2E_SEED repeats it.
package e2e
