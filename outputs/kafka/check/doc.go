// Package check finds out, without sending a record, what stands between an
// output and its cluster: brokers that can't be reached, topics that are weaker
// than the configuration promises, and permissions that are missing. [Run] does
// it all, within a few seconds; its findings are for people.
package check
