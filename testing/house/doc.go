// Package house holds the tree to its plan. It is a test and nothing else: who
// may import whom, what may lie at the top, how long a file may grow, which
// modules are linked into the binary, and that README.md names no test that
// does not exist.
//
// Whoever has a good reason to leave the plan writes it into the table of
// exceptions beside the rule, where the next reader finds it.
package house
