// Package disk is all that a checkpoint asks of a file system: one directory, [FS],
// and its open files, [File]. [At] is a directory of the machine. A test can put one
// in its place that fails, or that stops at any operation as a crash does.
package disk
