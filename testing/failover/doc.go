// Package failover tests that lines which go to a bucket while Kafka is away come
// back: the shipped program between an embedded Kafka and a real object store, both
// of which fail in every way and at every call.
package failover
