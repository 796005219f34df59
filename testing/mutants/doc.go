// Command mutants tells whether the tests would notice if a rule that keeps
// lines safe were broken. It applies one-line sabotages to a
// copy of the tree, one at a time, runs the quick tests of the packages that are
// expected to object, and reports each sabotage as killed or survived.
//
// It fails if one survives, if one does not compile, and if the line of one is
// not found exactly once any more: then the table must follow the code. With
// -list it looks only at that, in milliseconds, as the package's own test does.
//
// The sabotages are in package table. Whoever adds a rule adds the one that breaks it.
//
// Known limits: a sabotage that makes a test hang is killed by the time limit,
// which counts if the same tests end in time without it; equal behaviour by other
// code can't be told from a missing test.
package main
