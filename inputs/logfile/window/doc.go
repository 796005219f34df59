// Package window reads what comes next in an open file, behind a position, and cuts it
// into records.
//
//   - [Window] is what lies behind a position. [Window.Read] hands out its records,
//     [Window.Again] those that it handed out before.
//   - [Outcome] is what a reading came to.
//
// It knows an open file, a position with its proof, a buffer and how records are cut;
// nothing of generations, streams or routes. The bytes of the proof are read in the same
// call as those behind them: what they say holds for what was read. The head of a file,
// which is to be proven as well, is for whoever knows it. A first record that is longer
// than the limit of a reading is taken alone.
//
// # Gaps
//
// NULs at the end of a file are not data yet: network file systems can show the
// new size before the bytes, and some applications reserve room for what they
// will write. They are left until something other is behind them or the file is
// sealed.
//
// A hole, and NULs at the very start of a generation, are no data either: they
// are left by a writer that goes on at its old place after the file was truncated.
// They are passed over by a segment without records. All other NULs are bytes like any.
package window
