// Package absent keeps what is known of generations that have no file at present:
// saved by an earlier process and not found yet, deleted, moved away, or ended by a
// truncation.
//
//   - [Generation] is one of them.
//   - [Store] is all of an input, by id and by inode, and what they tell of streams of
//     which nothing else is known. [Store.Surplus] chooses which are forgotten because
//     there are too many.
//
// Both belong to whoever made them, who guards them by a lock. A Generation is kept until
// its owner removes it: what is forgotten can't be recognised, and is shipped again.
//
// # What is gone
//
// A generation without a file is remembered until it was absent for ForgetAfter while its
// directory could be read: if it comes back, moved, restored or compressed, its positions
// and its id hold, and what is found late finds its place beside it. That takes some 1 KiB
// each. Of those that every route has to the end, as far as is known, of which nothing
// is put aside elsewhere, and whose file is sure to be gone (it was seen to
// disappear, or is missing for five minutes, and no other volume has taken its place), only
// so many are remembered: the newest 100 of each log and its eldest, and
// of all logs 10,000, or as many as there are files. None is forgotten while a newcomer of
// its log may turn out to hold its bytes. One that comes back after it was forgotten is a
// file like any other: it is shipped again, and, compressed or restored, with other ids.
// What is older than the eldest stays history, where there is any.
package absent
