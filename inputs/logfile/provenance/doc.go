// Package provenance tells which generation a file holds that nobody has followed: one
// that an earlier process knew, or the one that a first reading would make of it.
//
// [File] is what is asked about, [Found] the answer. Nothing is kept between questions.
package provenance
