// Package s3 is what a configuration says about object stores: the block
// `output "s3"`, and the block `failover` that sends lines there for a while.
//
// [Output] and [Failover] are what is decoded; their Schema is the table that
// decodes them, gives defaults and prints the reference.
package s3
