// Package vfs is the file system as inputs/logfile sees it: two methods to find
// files and three to read one. [OS] is the real one; tests may put another
// underneath, which fails, hangs or forgets on purpose.
//
// What counts as an error: everything but success. In particular an error is
// never taken for "is not there" by the callers, except fs.ErrNotExist from
// Open and List, and even that costs a file only its name, not its state.
//
// Only Linux is supported (statx, getdents, openat2).
package vfs
