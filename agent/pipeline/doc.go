// Package pipeline ships to an output what the inputs have woken.
//
// A [Pipeline] is one output with
//
//   - its queue (package queue), where the streams of all routes to the output wait,
//     each at the shard that it goes to: who is next, and when;
//   - its lanes (package lanes), which lease those shards, read, send, and commit what
//     was acknowledged;
//   - the auditor, which tells of complete files, if there is one (package audit).
//
// Here is what holds them together: that they start, and halt in order; that a reload
// gives them another output, or lanes of another number; and what is shown of them. The
// rules of shipping are in the two packages below, each with its own. Their tests are
// here: they ship real files, which takes both.
//
// # Failover
//
// A route whose output has a failover is followed by a second one of the same input,
// without offsets of its own, which puts lines aside by another pipeline. Whoever tends
// the failover (package guard) asks this one for Signs, and has it Divert; the other
// one asks whether a stream is Diverting before it takes its lines.
//
// A pipeline has no lock of its own. Lives belong to whoever has made it.
package pipeline
