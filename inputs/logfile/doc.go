// Package logfile finds, identifies and reads the log files of one input block.
//
// The types to know:
//
//   - [Input]: one input block. Its Run looks for files and keeps no goroutine for
//     one of them; only what may hang or take long runs beside it.
//   - [Cursor]: one route's place in one stream. Whoever ships reads by it and
//     commits what was acknowledged.
//   - [Choice]: a file that is read because it was chosen, whatever was shipped of it.
//   - [Descriptors]: the process's budget of open files, of package descriptors.
//   - [Completion]: a generation that is complete on a route.
//   - [Saved], [Progress], [Identity], [Position]: what is persisted by others
//     and handed back at the next start.
//
// Inside, a file is an inode with its present generation, a stream is a list of
// files in the order of shipping, and an entry is a name in a directory. Directories
// are looked at by package discovery; what it sees is judged here. The file system is
// reached by package vfs, names are read by package names.
//
// # Finding
//
// Everything is looked at when Run begins and every ScanInterval. Events of the directories
// only shorten the wait: a write wakes the file's cursors, everything else has one
// directory listed at once, but one that takes long to list for 15 times as long not
// again; directories without events are listed every second. Where there are events, a
// file that was not written for five minutes is asked for by every eighth scan. An error
// to list, stat or open is reported and is never taken for the absence of the file. What
// waits for a time is seen to every second; while nothing does, the search sleeps.
//
// A file that is unread, or was written in the last KeepOpen, is opened when it is
// found, so that it may be renamed or deleted before anybody looks again. Only regular files are read; below the
// fixed part of a glob symbolic links are not followed unless FollowSymlinks is
// set.
//
// # The files
//
//   - what there is: input, types, file, stream, cursor
//   - what Run does, and what becomes of a sighting: run, scan, early, patience, succeed
//   - which generation a file is that was found: newcomer, kinship, examine, absence, claim
//   - its stream, its place there, its names, and how it is let go of: settle, naming, vanish
//   - what is read of it: open, read, commit, ids
//   - its end: seal, completion, dispose, retain, left
//   - routes that follow others, and bytes elsewhere: follow, elsewhere
//   - files that somebody chose: choose
//   - what is told of all that: status, track
//
// # Streams
//
// A stream is named by the path without its rotation suffix, or by StreamName.
// Rotated siblings in the same directory belong to it even if no glob names
// them. Rotation suffixes are:
//
//	.N                    1 to 6 digits; larger is older. In a name that a glob
//	                      matches itself at most 3 digits, not after a digit:
//	                      more is taken for a process id or an address.
//	-YYYYMMDD .YYYY-MM-DD also with . - or _ before, with more groups of digits
//	                      (hour, time, index) behind; later is newer. Such a date
//	                      may stand before an extension: app-2026-01-02.log.
//	Config.Rotated        globs of what follows the live name.
//	.gz .zst .bz2 .xz .lz4 behind any of these: compressed.
//
// # Compressed files and copies
//
// .gz, .zst and .bz2 are read, by package packed, when the plain file is gone and
// was not finished: from the offset that is proven in the uncompressed bytes, and
// only once the whole decodes to its end mark. That takes one pass more, beside
// the search for files; until it is over nothing newer of the stream is begun,
// for OrderWait at most. .xz and .lz4 are not read: the first is logged, all are
// counted. Two files are decoded at a time by all inputs together. Those that
// StartAtEnd or StartAt finds are history and passed over; nothing of them is
// stored, so that with Config.History one that is older than everything known of
// its stream is taken for one of them, whenever it is found; where nothing is known
// any more none is.
//
// A new inode takes over a generation whose file is gone, or was truncated, if it
// has the same head, of at least 256 bytes, and the same bytes before the offset, or
// the whole content. Which may: a compressed file; one with a rotated name, after
// a truncation; one that is older than its own inode or on another device, that
// is restored or moved. While the generation's own file is there, and not
// truncated, such a newcomer is put aside ("copy" in the status); as long as it
// is shorter than what is to be proven, and grew in the last 10 s, it is waited
// for. Otherwise it is a file like any other: a duplicate is better than a loss.
//
// The order is that of earlier generations where it is known, else by suffix,
// else by time of birth, else by time of modification. The live name that a file
// had when it was renamed out of sight, or renamed and deleted, unseen says nothing:
// then what was written after the file was made is newer; so a copy is, if its
// original was truncated, written to, and out of sight or deleted before anybody
// looked. A generation keeps the stream it was first read in, wherever it is moved.
//
// # Identity
//
// A generation is known by device, inode and birth time; on another device
// (device numbers change at boot), or without birth times, by inode and proofs.
// The proofs are a hash of the first bytes, at most 1 KiB, growing with the file,
// and one of the at most 64 bytes before the position. Every read looks at the
// head, and every pread begins at the 64 bytes; both must be found. If not, or the file is shorter than the
// position, it is another generation, read from its start.
//
// A generation's id hashes agent id, inode, birth time, the number of
// truncations seen and the first line, and is fixed when its first record is
// read. Lost state gives the same id, except after truncations, for a file
// skipped by StartAtEnd while it was empty, and where the first shipped bytes
// were an incomplete first line.
//
// # Rotation, and what is done
//
//	rename and create     The inode keeps its generation under the new name; it
//	                      is read to its end, then the new file. Before a
//	                      generation is begun the size of its predecessor is
//	                      taken once more.
//	numbered shift, dated The same, for any number of generations, also those
//	                      that came and went through several names unseen, as
//	                      long as they are there when somebody looks. A listing
//	                      that shows new files, and during which names changed
//	                      hands, is made again, up to three times.
//	delete after rename   The descriptor is held until everything is
//	                      acknowledged and the file was quiet for QuietAfter.
//	move, also to another directory or to a name no glob matches: the same; found
//	                      again by inode where the directory is looked at, else
//	                      read by its descriptor.
//	hard link and unlink  One inode is one generation, whatever its names.
//	truncate in place,    Seen by size or by proof, whenever it is noticed: a
//	shrink and regrow     new generation from 0. Bytes of the old one that were
//	                      not read are gone; they are counted and logged.
//	copytruncate          As truncation; the copy takes the old generation's place
//	                      and what was unread is read from it, before anything of
//	                      the new one. It is not shipped again (but see Losses, of a
//	                      copy that is shorter than that). What counts as
//	                      lost is told when the directory was listed since, or
//	                      after OrderWait.
//	compress after rename The compressed file takes the plain one's place.
//	restored, moved to    Gone on with, if the old one is gone.
//	another file system
//	same content made     Another inode is another file: shipped.
//	anew
//	inode reuse           Another birth time, or proofs that fail: another file.
//	late writers          A generation that grows after its successor was begun
//	                      is shipped on, marked Late.
//	last line without a   It waits. When the file is sealed (it has a successor or
//	newline               is unlinked) and was quiet for QuietAfter, it is shipped
//	                      as PiecePartial.
//	unreadable            Successors wait for OrderWait, then go on. It is tried
//	                      with every scan, for ever; its rest is Late.
//
// # The end of a generation
//
// A file ends when it has a successor or is unlinked; with QuietCompletes whatever it
// is. It is sealed once it was also unchanged for QuietAfter. Only then its
// unterminated last line is shipped, and with CompletedOnly anything at all. A sealed
// file that a route has acknowledged to its end is complete on that route: Env.Complete
// is told, and Input.Confirm, once that is known to whoever is to know, has it stored
// beside the position. A process that is killed in between finds the generation
// complete and not told, and tells it again. Growth opens it again; then it is told
// with its new length. Bytes, records, checksum and the output's offsets are counted by
// package tally beside each position, and stored with it: they are exact through
// restarts, or say from where they count.
//
// OnComplete is applied after all routes are complete and told, to files that were
// shipped from their first byte, when no other input needs them. Package disposal looks
// at the file once more by its directory's descriptor and says what protects others.
// What protects from a late writer, who may append between that look and the unlinking
// or after it: QuietAfter has passed since the last change, and the descriptor is held
// until it has passed once more; what is added by then is shipped, each time anew.
// What is added later is lost with a deleted file, and not looked at in a moved one:
// QuietAfter is to be longer than the longest silence of a writer that keeps its file
// open after rotation. Want of descriptors can end the holding earlier, and a restart
// does.
//
// # Deleted files
//
// A file that is deleted while unread is held by its descriptor, and takes up its disk
// space, until every route has acknowledged it: nothing is given up. RetainDeleted
// bounds that, by the size of the files and by the time since the deletion. It is
// warned of at 80 %; what is over is given up, the file deleted first first, each with a
// line in the log that names its unread bytes exactly. Bytes of these that were sent
// before and are acknowledged after all are counted apart (GivenUpArrived).
//
// # What is gone
//
// A generation without a file is remembered until it was absent for ForgetAfter while its
// directory could be read. Package absent says what that is for, and of which only so many
// are remembered.
//
// # Records
//
// Package split cuts what was read into records. A position is always the end of
// a unit: lines that wait for more of their record (JoinStart, CRI) are not
// passed before it is complete or JoinTimeout is over. For so long, counted from
// when the next generation was first seen, they hold it, too. NULs at the end of
// a file are not data before something other is behind them. NULs that a sealed
// file ends in, at the start of a generation, and in a hole at a line's start are
// passed over, counted and logged.
//
// StartAt looks at the time of modification only: a file written since is read
// from its beginning.
//
// # Losses that remain
//
//   - Bytes that a truncation took before they were read. Counted (BytesLost)
//     from the last known size: what was appended and truncated between two
//     looks is not known.
//   - A truncation that leaves more than what was read, and the 64 bytes before
//     the position as they were, is not told from an append.
//   - A file truncated while one pread copies from it may give bytes of both.
//   - A file created and deleted, or renamed out of sight, between two looks: at
//     most some 10 ms with events, or the linger up to 100 ms, or 15 times as long as
//     its directory takes to list, else ScanInterval, or a second where polled.
//   - A file that was seen but deleted before it was opened is known by its size
//     only. It counts as lost, unless a compressed file that nothing else explains,
//     later and at least as long, stands for it; that one is shipped whole.
//   - A file deleted while the agent was not running, or while the budget of
//     descriptors had no room for it. The latter is counted and logged.
//   - Where an input takes over from another one (Succeed): a compressed file that
//     was deleted before it was read to its end.
//   - What is appended to a file without a name after it was read to its end and
//     was quiet for QuietAfter; under want of descriptors, earlier.
//   - With OnComplete Delete: what is written to a file by an old descriptor later than
//     QuietAfter after its deletion, or after a restart that follows the deletion.
//   - With RetainDeleted: what it gives up. Counted (BytesLost, GivenUpBytes).
//   - What is appended between a copy and the truncation, beyond what was read by
//     then: copytruncate loses it by itself. Counted as far as its size was seen.
//   - A copy that is shorter than what was delivered when the truncation was seen, since
//     lines were written after it was made, is another file: it is shipped again, whole.
//   - A copy in another directory (logrotate's olddir) is another stream's file
//     and is shipped again.
//   - A log whose lines repeat themselves byte for byte over the head and over the
//     64 bytes before the offset: after a truncation without a copy, a new file
//     under a rotated name may be taken for the copy that it is not.
//   - A compressed file that does not decode to its end; it is shown as failed and
//     looked at again when it has changed. What the disk refuses is tried with every
//     scan. One with a window of more than 8 MiB.
//   - What comes back after it was forgotten, see package absent, comes twice.
//   - A compressed file whose routes are far apart is decoded once for each. Every
//     start decodes each compressed file of a stream once, to know its size.
//   - An over-long line's pieces are judged one by one by Include and Exclude.
//   - While a directory's file system hangs, its new files are not found, and with two
//     such directories those of its others. Files that StartAtEnd was to skip and that
//     are found only after the first scan are read from their beginning.
//
// # File systems that hang
//
// A look at a directory of which nothing returns for 0.25 s is not waited for; package
// discovery says what becomes of it. Nor is a file waited for at which the search opens,
// reads or asks for something, or removes it (patiently): two at a time on a device, and
// sixteen in all. Until it answers nothing is decided about it: a newcomer waits, or is
// what its inode says, a file without a name stays, one that StartAtEnd skips is not read
// and skipped later, to its end as it was first seen, and one that is removed is not
// removed once more. How reads that hang hold up nobody is the agent's matter.
//
// # Followers, and bytes elsewhere
//
// A route may follow another: it goes on from where that one is, and no file is held
// or counted for it. What it read can be given back by [vfs.Elsewhere] when the file is
// gone: the generation then has a file again, without a name, that takes its old
// place in the stream. A deleted file of which one route lacks nothing but what is
// elsewhere for good is let go of QuietAfter its last change, so that what is aside
// takes up no disk; if two routes lack something it is held. The head of what is
// elsewhere and the bytes before the position are not asked for, since they may not
// be there; the objects prove themselves. A piece of an over-long line that it begins
// with is taken for the first. If two routes lack something that is elsewhere, one has
// it after the other; what the second has then is late.
//
// # Concurrency and cost
//
// Input.mu guards all streams, files and cursors. It is held for short whiles and
// never during a system call on a file. It is taken after the lock of Input.tree, which
// guards the directories and entries: Run holds that while it works, and lets looks at
// directories have it while it waits for them. A descriptor is counted as used while
// somebody reads by it and is closed after. An idle file costs less than 1 KiB.
//
// Only Linux is supported.
package logfile
