// Package match tells what an input makes of a path by its name alone, and why:
// which glob matches, what leaves it out, and what its expressions give.
//
// The type to know is [Verdict]. No file is touched: the path need not exist.
package match
