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
//     it has a failover.
//
//   - a turnover is a reload under way.
//
// # The way of a byte
//
// The input of a source finds a file and wakes what has bytes to read (source.wake).
// From there on the pipelines have it: their lanes read, write and commit. Files that
// are complete come back by Agent.complete. What others want to know is put together
// by Agent.Snapshot.
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
