// Package discovery looks at the directories of an input and tells what it sees. It
// knows names, inodes and times, and nothing of generations, streams and routes: those
// are its owner's, who judges what is seen.
//
// The types to know:
//
//   - [Tree]: the directories that can contain files of one input.
//   - [Directory] and [Entry]: one of them, and a name in it that matters. An Entry
//     carries what its owner takes the name for.
//   - [Sighting]: a name that stands for another file than before, or whose file has
//     changed.
//   - [Env]: the owner's side. It is asked what it knows and seeks, and told what was
//     seen, what is gone, and what was written to.
//
// # Looks
//
// The truth is a scan: every directory that can contain matches is listed and
// every match is asked for by stat. Events of the directories only shorten the wait: a
// write to a known file is told at once, everything else has one directory listed, but
// one that takes long to list, time and again, for 15 times as long not again. Lost events
// mean a full scan.
// Directories that can't be watched (no watches left, network file systems) are listed by
// LookUnwatched.
//
// Where changes are announced, most scans only glance at a directory: if its time of
// change is what it was when it was last listed, more than the grain of such times
// later, it is not listed, and only the files that were written or announced in the
// last five minutes are asked for. Every eighth scan lists it all the same and asks for
// all, and so does each after lost events, while the owner seeks a file whose name is
// not known, and with Follow. Growth that nobody announces, through a mapping or a hard link in another
// directory, is so seen within eight scans, and the events that the kernel drops
// it owns up to. Only delay hangs on it: what a name stands for is seen by listing.
//
// A listing that shows new files, and during which names changed hands, is made again, up
// to three times. A glance at a name that another file has by now is followed by one.
//
// An error to list or to stat is reported and never taken for the absence of a name:
// only a complete listing, or a directory that is not there, has names gone.
//
// # Concurrency and cost
//
// A Tree has one lock, for its directories and entries, the File of an entry included.
// It belongs to one goroutine of its owner, which holds the lock while it works on what
// was seen, too. Each look at a directory is a call of package calls, in a goroutine of
// its own that takes the lock in between its calls of the file system: if none of them
// returns for 0.25 s, the owner goes on without it. The directory is shown as a problem,
// and no other look at it is begun before that one is over; then what it has brought is
// taken in, and the directory is looked at again.
//
// An idle file costs a map access and a stat for every eighth scan, and no allocation. A
// write costs two map accesses and a call of the owner.
package discovery
