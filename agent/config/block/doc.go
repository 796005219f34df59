// Package block reads the text of a configuration into blocks, and decodes a
// block by the table of what it may hold.
//
// [Parse] gives the [Tree] of a file, as much of it as makes sense if the file
// has syntax errors. A [Schema] lists the keys and inner blocks of a [Block],
// each with the place its value goes to; the same tables give defaults and
// print the reference.
//
// Known limits: after a syntax error the search for further errors goes on at
// the next line that starts with a block's type.
package block
