// Package table lists the sabotages that command mutants applies: the rules that
// keep lines safe, each with the one line that breaks it and the tests that must
// object. There is one file for each part of the tree. Whoever adds a rule adds
// its sabotage to the file of the part that the rule's line is in; the test of
// command mutants sees to it that every line is still there.
package table
