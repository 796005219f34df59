// Package quarantine looks at the records that no output would take, sends them
// again, and drops them, by hand and beside a running agent.
//
//   - [Selection]: which records somebody means.
//   - [Open] gives the [Files] of a configuration; [Files.Each], [Files.Drop] and
//     [Files.Resend] work on the selected records.
//
// A record leaves its file only after its output has acknowledged it, or when it
// is dropped. A resend that is cut short has sent at most [keepEvery] records that
// are still in the file; sent again they have the same ids.
package quarantine
