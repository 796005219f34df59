// Package part reads a part of a file as if it were all of it, and finds where the
// line at a part's end ends.
package part
