// Package verify compares what an output holds with the files that it came from.
//
//   - [Verifier]: takes records as they are read back, in the order of each shard,
//     and says in a [Report] what became of every record of the files.
//   - [Ranges]: runs of records of one generation. All findings are ranges, so that
//     memory does not grow with the number of records.
//   - [Gaps]: the same without files, by the records' ids alone.
//
// A record is found by its id: generation and offset. Its value is compared with
// what the agent's own cutting gives at that place of the file, which is read
// forward in windows, together with the output. A duplicate, or a record that comes
// late, has the window moved back; places to begin are noted every megabyte.
//
// # What is said of a record
//
// Delivered once, twice (or more often), missing, quarantined, aside (safe
// in a failover output and not delivered yet), different (another value under its
// id), out of order (delivered for the first time after a later one of its log, and
// not marked late), extra (an id of the file's generation where no record begins).
//
// # Limits
//
// Joined lines may have been cut by a time-out, and pieces of over-long lines
// elsewhere: then a value counts that is what the file holds at its offset. Records
// of other generations are counted and not judged: they may belong to other files.
// Without files a run of ids has a gap where lines were filtered out on purpose, too.
package verify
