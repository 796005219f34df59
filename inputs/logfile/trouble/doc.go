// Package trouble tells people what an error about a path means and what to do, and
// keeps many equal errors from filling the log.
package trouble
