// Package pick finds the files that somebody names by hand, and the inputs whose
// settings count for them.
//
//   - [Expand] makes paths of arguments: files, directories and globs.
//   - [Sort] puts paths to the inputs that take them. It refuses to guess.
//   - [Group.Open] opens files as their input would, for reading apart from it.
package pick
