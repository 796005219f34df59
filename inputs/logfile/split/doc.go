// Package split cuts bytes of a log file into records.
//
// The types to know:
//
//   - [Config]: how records are cut; the same for all files of an input.
//   - [Splitter]: cuts one window of bytes, the next ones of one file.
//   - [Cut]: what came of it.
//   - [Last]: what a repeat has to know of it.
//
// # Units
//
// A unit is what is cut as a whole: a line, a piece of a line longer than
// MaxLine, the lines that `multiline` joins, or, of container logs, the lines
// from a first partial piece to the one after which neither stdout nor stderr
// has a partial piece left. A window is cut at the end of a unit and nowhere
// else, so an offset never passes bytes that may still become part of a record.
//
// A unit has at most MaxLine bytes before its last newline. So memory is bounded,
// and a window of MaxLine+1 bytes is always enough to go on.
//
// # What a cut depends on
//
// Only on the bytes from the start of a unit, and on at most 4 bytes before it:
// however the reads fall, and wherever a restart falls, the records are the same.
// What can't be seen in the bytes is the [Ending]: that nothing more came in time,
// or that the file is complete. The Splitter says in Ended how the last unit came
// to its end; a repeat, which sees nothing behind it, must be given that.
//
// The bytes before tell in what the window begins: after a newline a unit begins.
// Else the window is within a line that was cut in pieces. Container logs have a
// third case: partial pieces that were too much for one record are cut 1, 2 or 3
// bytes into the next line, and that number tells for which of stdout and stderr
// the next piece goes on.
//
// # Joining
//
// A line that does not match `start`, or matches `continue`, belongs to the line
// before it. The first few KiB of a line decide (a quarter of MaxLine, at most
// 4 KiB), so that an over-long line can be judged when it is begun. The joined
// record keeps the newlines between its lines. What exceeds MaxLines or MaxLine
// is cut between lines: PieceFirst, PieceMiddle, PieceLast. A record that begins
// with a line which belongs to an earlier one is PieceLast, or PieceMiddle.
//
// # Limits
//
//   - Include and Exclude judge the pieces of an over-long line one by one.
//   - The pieces of a container's over-long line but for the first don't tell
//     whether they are from stdout or stderr.
//   - A line that follows an over-long line and belongs to it is a record of its
//     own.
package split
