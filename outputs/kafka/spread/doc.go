// Package spread chooses the partition of a stream.
//
// A choice is a hash, so that lost state mostly chooses the same. When partitions
// are added, only those streams get another that go to one of the new ones, and
// as many as is their share: with [Spread.Most] set, also those of a partition
// that the agent gives up for a new one.
package spread
