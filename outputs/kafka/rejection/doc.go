// Package rejection reads in a broker's answer to a produce request which records
// of the batch it names, and what it says of them.
package rejection
