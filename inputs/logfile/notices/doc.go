// Package notices is how inputs/logfile hears of what happens in directories. It
// only shortens the wait for the next scan: a notice that is late or lost loses
// nothing.
//
//   - [Watcher] announces what happens. [Watcher.Drain] takes all that is there.
//   - [System] is the kernel's, inotify(7).
//   - [Gathering] says when to drain: each waking of a thread costs as much as to read
//     some files, so that one serves all that was written meanwhile.
//
// inotify is read here and not by a library since those read each event as it comes,
// in a goroutine of their own: with a thousand files that grow, a fifth of all that
// shipping them costs.
package notices
