// Package cli is the command line: one file per verb, and [Main], which maps a
// process's arguments to its exit code.
//
// # Exit codes
//
//	0  done; for check: nothing worse than warnings
//	1  failed; for check: problems found; for explain: no input ships the file;
//	   for run: stopped by a second signal
//	2  the command line is wrong
//	3  the configuration is invalid
//	4  another agent holds the state directory
//
// What a verb is asked for goes to standard output, messages about it to
// standard error.
package cli
