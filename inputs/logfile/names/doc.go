// Package names decides by a file's name alone what it is to an input: matched
// by a glob or not, live or rotated, older or newer than its siblings.
package names
