// Package progress shows how far long work is: one line that is drawn over and
// over on a terminal, else a line every few seconds.
package progress
