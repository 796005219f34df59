// Package diag shows people what is wrong with a configuration: where it is,
// the line with the place marked, why, and what to do. It knows nothing of the
// configuration's language.
//
// A [Report] gathers [Diagnostics] about [Source]s, which are files with what
// is secret in them already found. [Quoted], [List] and [DidYouMean] are for
// the wording.
//
// Invariant: no diagnostic that a Report took holds a control character, or a
// password or private key that was literal in a source.
//
// Known limits: what is secret is guessed from the names of keys, so that also
// a file that does not parse is covered. A secret under an innocent name, such
// as client_id, is shown.
package diag
