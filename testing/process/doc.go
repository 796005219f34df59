// Package process runs the shipped program for tests: it builds it, starts it
// with a log file, ends it softly or by SIGKILL, and measures its memory.
package process
