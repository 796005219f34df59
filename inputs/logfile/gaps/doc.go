// Package gaps finds the NULs in a log file that are not data.
//
// NULs at the end of a file are not data yet: network file systems can show the
// new size before the bytes, and some applications reserve room for what they
// will write. They are left until something other is behind them or the file is
// sealed.
//
// A hole, and NULs at the very start of a generation, are no data either: they
// are left by a writer that goes on at its old place after the file was truncated.
// All other NULs are bytes like any.
package gaps
