// Package held bounds what deleted files may keep occupied while they are unread.
//
// Without bounds nothing is given up: a deleted file takes up disk space until it
// is shipped. With them the file that was deleted first is given up first, and only
// as many as must be. What that costs is for the caller to count.
package held
