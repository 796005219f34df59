// Package look says what the file system holds at one path: which inode it is, whether
// its bytes are those that the state knows of it, and how it ends.
//
// [At] returns a [File] with all of that. [Stat], [Same] and [Inode] are for finding a
// file in a state. All of it only reads, follows symbolic links, which the agent does
// only where it was told to, and blocks for as long as the file system does.
package look
