// Package model is what `shipper top` shows, without a terminal and without a
// clock.
//
// A [Model] is a view, how it is sorted and filtered, and which row is chosen.
// [Model.Take] gives it a snapshot, [Model.Press] a key, and [Model.Screen] is then
// what there is to see: lines of text of exactly the terminal's size, in which
// nothing is left that a terminal might obey.
//
// Each view is a file here, and makes a table; only the rows that are shown are
// made into text.
package model
