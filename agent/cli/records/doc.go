// Package records has the verbs that are about what was delivered: verify proves it,
// replay ships it once more, and quarantine is for what Kafka never took.
package records
