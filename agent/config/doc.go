// Package config turns HCL files into one typed, validated [Config], or into
// [Diagnostics] that show people where and how it is wrong. It and the packages
// below it are the only importers of hcl, and no hcl type leaves them.
//
// A configuration is a main file and the *.hcl files in the directory conf.d
// beside it, by name; together they read as if they were one file. [Load]
// finds all errors of all files at once. A Config that it returns has its
// defaults filled in and every reference resolved.
//
// The way of a file: diag.Source (text, and what of it is secret) → block.Tree
// (syntax) → decoder, driven by the tables in schema.go and in the package of each
// kind of input and output, whose rows name kinds of value → check, for what concerns
// more than one value; a kind looks at its own block, this package at what blocks say
// of each other. The tables also give the defaults and print the [Reference], so the
// three can't differ.
//
// Invariants: Load reads the environment and files, once, and changes nothing.
// No diagnostic holds a password or private key that was literal in a file, nor
// a control character.
//
// Known limits: hcl normalises the Unicode of literal texts to NFC, so a path
// whose name on disk is decomposed must be matched by a glob. After a syntax
// error the search for further errors goes on at the next line that starts
// with agent, input, output or topic. A file may hold 1 MiB.
package config
