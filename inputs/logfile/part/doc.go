// Package part reads the first part of a file as if it were all of it, and moves the
// bounds of a part to where its first line begins and its last one ends.
package part
