// Package local delivers records to places on this machine.
//
//   - [File] appends them to a regular file. A batch is acknowledged after
//     write(2) and fdatasync(2).
//   - [Stdout] writes them to the process's standard output. A batch is
//     acknowledged after write(2): what the reader of the pipe does with the
//     bytes nobody can tell.
//
// Each is a single shard, the zero one. A record becomes a line: its value and a
// newline, or (JSON) an object and a newline, the same object that the Kafka
// output makes. The pieces of an over-long line become lines of their
// own; in raw format so do the lines of a record that holds several.
//
// # File
//
// The file belongs to the output: it holds an flock(2) on it and knows its end.
// What stands behind the end it knows is of an attempt that was not
// acknowledged, and is cut off before anything else is written. So:
//
//   - a write that fails half-way (full disk) is cut off at once and the batch
//     refused; if that fails too the batch is unresolved until it succeeds;
//   - after a failed fdatasync the descriptor is abandoned, because what the
//     kernel still keeps of it can't be known; the file is opened again, cut and
//     written anew;
//   - a process that is killed half-way leaves an unfinished last line, which the
//     next Open cuts off; whole lines that were written and not acknowledged
//     stay, and are delivered a second time;
//   - after a power loss bytes of a refused or unresolved batch may stand in the
//     file although they were cut off: duplicates, no loss. A new file's
//     directory is synced before the first acknowledgement.
//
// A repeat therefore puts nothing there twice while the process lives.
//
// Before each batch the path is looked at: if it no longer names the file that
// is open (renamed, deleted), the path is opened anew. If
// someone cut or extended the file, its present end counts. Directories are not
// created: a mount that is missing must not be written under.
//
// Limits: the disk is waited for, however long write and fdatasync take; the
// file is never rotated or deleted by the output; a path that holds invalid
// UTF-8 reads with U+FFFD in JSON.
//
// # Stdout
//
// A pipe can't be cut back. The output remembers how many bytes of a batch went
// out, and a repeat goes on from there: the bytes are the same. If the receipt is
// given up instead, the torn line is ended with a newline. A reader that is slow
// or stopped is waited for within the attempt, by poll(2), so that shutting down
// never hangs on it. Two stdout outputs in one process may tear each other's
// lines.
package local
