// Package notices is how inputs/logfile hears of what happens in directories. It
// only shortens the wait for the next scan: a notice that is late or lost loses
// nothing.
//
//   - [Watcher] announces what happens, one event after the other. [Watcher.Drain]
//     takes all that are there.
//   - [Gathering] says when: each waking of a thread costs as much as to read some
//     files, so that one serves all that was written meanwhile.
package notices
