// Package restore ships what objects in buckets hold: of a failover whose host died,
// or of an archive, from any host, with the ids, keys, topics and headers that the
// records would have had.
//
//   - [Options]: what is to be shipped, as somebody asked for it.
//   - [Plan]: the objects, by log and in order. It is made once, and stored; the same
//     options find it again and go on where they stopped.
//   - [Problem]: an object that can't be shipped, and why. The rest is.
//
// # How
//
// An object says itself what its records are and where they belong, so no input needs
// to be configured here. A log's objects are shipped one after the other by one
// worker, in the order of generation and place; where they overlap, as after a
// crash, each record is shipped once. A batch holds lines of one object. How many
// records of each object are acknowledged is stored before the next batch of the log
// is sent, so SIGKILL repeats at most one batch of each worker.
//
// Records go to the partition that the agent which stored them would choose: it is a
// hash of agent and log. If this host's own state knows better, that counts.
//
// # What is never guessed
//
// Two objects with other bytes of one place, which two hosts with one agent id leave
// behind; the output, where there are several; the topic of records that have none;
// whose settings count to reach a bucket that several outputs name differently. Each
// is an error that says what to name.
//
// # Limits
//
//   - Objects that are marked as returned are left out, unless asked for: their lines
//     were delivered. Nothing in the bucket is changed, unless asked for.
//   - A line for which its input says on_long_line = "quarantine" is sent: an object
//     does not tell it from others.
//   - A timestamp that was the time of reading is now that of the replay.
package restore
