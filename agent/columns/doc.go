// Package columns puts text into columns of a terminal, where a character may take
// none, one or two.
package columns
