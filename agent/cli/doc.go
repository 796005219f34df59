// Package cli is the command line: [Main] maps a process's arguments to its exit code.
// The verbs are in the packages below it, by what they are for, one file each; what
// they share is in package verb. None of them knows another. A verb reads flags, calls
// the package whose matter it is, and words what comes of it.
//
// # Exit codes
//
//	0  done; for check: nothing worse than warnings
//	1  failed; for check: problems found; for explain: no input ships the file;
//	   for run: stopped by a second signal
//	2  the command line is wrong
//	3  the configuration is invalid
//	4  another agent holds the state directory
//	5  topics plan: there are changes to make
//
// What a verb is asked for goes to standard output, messages about it to
// standard error.
package cli
