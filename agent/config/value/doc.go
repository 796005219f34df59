// Package value evaluates what is written behind the "=" of a key: texts,
// numbers, sizes, durations, lists, templates.
//
// A [Kind] is a type of value bound to the place that it goes to; a [Decoder]
// decodes expressions as kinds and reports what is wrong with them. Secret and
// Template are the types of value that Go lacks.
//
// Texts are evaluated here and not by hcl, which would normalise Unicode: a
// path, a password or a key is bytes. A text is literal pieces, the functions
// env and file, and, in a [Template], variables. There are no operators and no
// conditions. What a template inserts is kept byte by byte.
//
// Invariants: decoding reads the environment and files, once, and changes
// nothing; a Template never needs either. A place is only written to if its
// value is right.
//
// Known limits: hcl normalises literal texts to NFC before they get here. A
// file may hold 1 MiB.
package value
