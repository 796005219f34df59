// Package quarantine looks at the records that no output would take, sends them
// again, and drops them, by hand and beside a running agent.
//
//   - [Selection]: which records somebody means.
//   - [Open] gives the [Places] of a configuration, files and topics; [Places.Each],
//     [Places.Drop] and [Places.Resend] work on the selected records.
//
// A record leaves its file only after its output has acknowledged it, or when it
// is dropped. A resend that is cut short has sent at most [keepEvery] records that
// are still in the file, or one that still counts in a topic; sent again they have
// the same ids.
//
// From a topic nothing can be taken. That a record is out is appended to it, and its
// readers leave both out.
package quarantine
