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
package absent
