// Package lineage keeps the files of a log in the order in which they are shipped.
//
//   - [List] is that order. A file that has an order keeps it; others are given one by
//     their [Age], between their neighbours', and within their [Bounds].
//   - [Older] and [Precedes] compare two files.
//
// It knows what names and times say, and which file has been begun. A place is stored once
// its file is begun; until then it is a guess, and is changed for one that is known better.
// A List belongs to whoever made it, who guards it and its files by a lock.
package lineage
