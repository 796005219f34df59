// Package topics makes topics what the configuration declares them to be, and
// says before what it will do.
//
// The types to know:
//
//   - [Declaration]: what a topic should be.
//   - [Admin]: asks a cluster what its topics are. It holds no connection.
//   - [Plan]: the steps from what is to what is declared. [Admin.Apply] takes
//     them, and no others.
//
// # What is done
//
// A topic that is not there is created. One with fewer partitions than declared
// is grown. Declared settings that have another value are set. Nothing is ever
// made smaller or deleted, no replica is moved, and settings that are not
// declared stay as they are. What would need such a change is a note of the
// plan, for people.
//
// # Where partitions go
//
// Who leads a new partition, and who holds its copies, is chosen here and not by
// the cluster, so that the plan can say it and brokers that were added get their
// share: a new partition is led by the broker that is first in the replica list
// of the fewest partitions of this topic (the preferred leader; who leads at the
// moment may be the result of an outage), and copied to those that hold the
// fewest, racks that have none yet first.
//
// # Known limits
//
//   - A topic with `partitions` does not grow when brokers are added, only one
//     with `partitions_per_broker`; the plan names brokers that lead nothing.
//   - The cluster is asked twice, and may change between plan and apply. The
//     cluster refuses a step that does not fit any more; then plan again.
package topics
