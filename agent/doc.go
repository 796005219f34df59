// Package agent ties the parts together: it has inputs find files, pipelines ship
// them to outputs, and the checkpoint remember what was acknowledged.
//
// # The types
//
//   - [Agent] builds the parts and owns every long-lived goroutine.
//
//   - a setup is a configuration with the parts that work by it. A reload makes
//     another one.
//
//   - a source is an input with its routes, one to each of its outputs (package
//     routes). It owns the goroutine that discovers.
//
//   - a sink is an output with its pipeline (package pipeline), and with its guard if
//     it has a failover (package guard).
//
//   - a turnover is a reload under way.
//
// # The way of a byte
//
//	logfile.Input finds it in a file ─ source.wake
//	Pipeline.Wake ─ Queue.Wake: its stream waits at a shard
//	Queue.Lease: a lane has the shard ─ lane.load: Cursor.Read cuts it into a record
//	lane.write: the output's Write returns with a fate
//	lane.settle, if it was acknowledged: Cursor.CommitAt moves the watermark
//	lane.settle: Store.CommitHere has written it
//
// The first line is this package's and package logfile's, the second and third are told
// of in package queue, the others in package lanes. Files that are complete come back by
// Agent.complete. What others want to know is put together by Agent.Snapshot.
//
// # Invariants
//
//   - A setup does not change once it is in force, and Agent.force is what is in
//     force. Whoever looks takes it once and works by that.
//   - One reload or drain at a time: Agent.turning.
//   - Offsets are committed by lanes (I1 in package lanes). What the agent itself
//     commits moves none ahead of them: what an input skips or was told to begin
//     after, and that a file is complete.
//
// # Locks
//
// Agent.turning is held for a whole reload or drain, and nothing that ships asks
// for it.
package agent
