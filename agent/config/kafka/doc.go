// Package kafka is what a configuration says about Kafka: the block
// `output "kafka"` with the blocks in it, and the block `topic`.
//
// [Output] and [Topic] are what is decoded; their Schema is the table that
// decodes them, gives defaults and prints the reference. Check holds values
// against each other that are right by themselves.
package kafka
