// Package trouble tells people what an error about a path means and what to do, and
// keeps many equal errors from filling the log. A [Book] holds what is not solved yet.
package trouble
