// Package checkpoint is the durable store of offsets: which bytes of which file
// are acknowledged on which route, and what that must be remembered with.
//
// The types to know:
//
//   - [Store]: the open, locked store. [Store.Commit] and [Store.CommitHere] are its
//     ways in.
//   - [Changes]: what one commit writes, all of it or nothing.
//   - [State]: everything that is known; handed out as a copy.
//   - [Report]: what [Open] found, and what of it was damaged.
//
// # Invariants
//
//   - What is stored was committed (I1): no damage, crash or mixture of old and
//     new files makes an offset larger than one that was committed for the same
//     generation and route.
//   - An offset never decreases (I3); a lower one is ignored, counted and logged.
//   - After a crash the store opens to the state after some commit, never to
//     part of one (I8): after SIGKILL, after the last commit that returned or the
//     one under way; after loss of power, after one of the last 100 ms.
//   - The store always opens, except beside another process that holds it.
//     Damage costs repeated lines, is reported, and what is damaged is set aside
//     under its name with .damaged-<unix time> (of the newest three times).
//   - A disk that fails or hangs blocks nobody for long. Changes are then kept in
//     memory and [Store.Health] says so, until the whole state has been written
//     afresh; that is tried at growing intervals, up to 4 s.
//
// # Limits
//
//   - What is assumed of the system: write(2) to the page cache outlives the
//     process; fdatasync makes a file's bytes durable; rename is atomic and is
//     durable after fsync of the directory; damage changes bits and is not made
//     by somebody who computes a CRC for it.
//   - Recycled blocks are only sure to be there on file systems that write in
//     place (ext4, XFS). On btrfs and ZFS a full disk makes the store fail, and
//     it recovers as from any other failure.
//   - The state is held in memory, some 400 bytes a generation, and is encoded
//     whole, under the lock, for a snapshot: about 1 ms for each 10,000 generations.
//   - Room is set aside for one log and one snapshot. A disk that was full since
//     the first start, or a state that outgrew that room, makes the store fail; it
//     then gives up the older snapshot and log to have their room.
//   - A write that hangs blocks commits for two seconds before the log is given
//     up, and for as long as it does the one CommitHere that made it, if any;
//     fdatasync that hangs blocks none, but the store's promise after loss of
//     power; Health mentions it after five seconds. Close waits for both.
//   - If the lock could not be had at first and the directory turns out later to
//     hold state that was not loaded, that state is left alone, and this process
//     keeps its own in memory only.
//
// # Files
//
//	lock                       flock(2) is held on it; holds the process id, for people
//	snapshot-<n>               the whole state; n has 16 decimal digits
//	log-<n>                    commits that go on from it
//	spare-log, spare-snapshot  preallocated: the next log and the next snapshot
//	*.damaged-<unix time>      set aside, never read again
//
// Numbers only grow. The newest snapshot and the one before are kept, and the
// logs that go on from them. Files older than those become the spares again,
// with whatever is in them.
//
// # Format, version 1
//
// Integers are little endian. CRC is CRC-32C (Castagnoli). A log and a snapshot
// begin with a header of 40 bytes:
//
//	 0  8  "shpr-log" or "shpr-snp"
//	 8  4  format version, 1
//	12  8  the file's number, as in its name
//	20  8  base: number of a log
//	28  8  base: offset in that log
//	36  4  CRC of bytes 0 to 35
//
// A snapshot's base is the place in a log from which commits go on. A log's base
// is the place in an older log whose state it goes on from; 0, 0 if there is
// none. Frames follow:
//
//	0  4  length of type and payload together, at least 1; 0 ends a log
//	4  4  CRC of: bytes 0 to 35 of the file's header, the length, the type,
//	      the payload
//	8  1  type
//	9  …  payload
//
// As the CRC covers the header and so the file's number, what an older file left
// in the same blocks is never taken for a frame. Types:
//
//	0x01  changes: records, applied all or none
//	0x02  end of a snapshot; payload: 4 bytes, the number of frames before
//	other: of a newer version, skipped and counted. With bit 0x80 set the frame
//	is copied into every snapshot, so that it outlives a downgrade; without it,
//	it is gone with the next snapshot, which every Open writes.
//
// A snapshot without its end is damaged. A record is:
//
//	0  1  kind
//	1  4  length of the rest
//	5  …  fields
//
// A string is 4 bytes of length and its bytes. Bytes behind the last known field
// of a record are ignored, and unknown kinds are skipped and counted: so newer
// versions may add to both. A change that older versions must not read past has
// another format version. The kinds, and their fields with their sizes:
//
//	1  forget a generation    id 8
//	2  drop a route           id 4
//	3  route                  id 4, input, output, destination, cluster (strings),
//	                          heir 4; the last two may be missing
//	4  identity               id 8, device 8, inode 8, birth 8, order 8,
//	                          head hash 8, last seen 8, truncations 4,
//	                          head length 4, stream, path (strings)
//	5  offset                 generation 8, route 4, offset 8,
//	                          proof length 1, proof hash 8; if anything was
//	                          counted: bytes 8, records 8, first 8, last 8,
//	                          checksum 4, partition 4, flags 1
//	6  forget a choice        output, stream, topic (strings)
//	7  choice                 output, stream, topic, shard's topic (strings),
//	                          partition 4
//	8  owner                  agent, machine, salt (strings)
//	9  note                   name, text (strings); without text it is forgotten
//
// Records are applied in the order of the fields of [Changes].
//
// # Loading
//
// The newest snapshot that is whole is read, then the log of its base from the
// base's offset up to the first bytes that are no frame, then each newer log
// whose base is exactly where the state now stands. The first gap ends it: behind
// a gap a route's number might mean another route. If the newest snapshot is
// damaged, the one before is used in the same way, and its log leads on to the
// log of the newer one. Open never writes to a log that it finds: it begins a new
// snapshot and a new log.
//
// # Order of writing, and what a crash leaves
//
// Open, and after a failure (the state afresh):
//
//  1. write snapshot n over the spare one: the old files are untouched
//  2. fdatasync it: likewise
//  3. rename it to snapshot-n, fsync the directory: the old state or the new
//     snapshot, which are the same but for what a failing disk did not take
//  4. older files become spares: nobody needs them
//  5. rename the spare log to log-n, fsync the directory: it counts as empty, for
//     its header is missing or has another number
//  6. write and fdatasync its header and what was committed meanwhile: the frames
//     that are whole count. Only now commits are called durable again
//
// A commit: one write(2) at the end of the log. SIGKILL leaves a first part of
// it, loss of power any parts of what was not synced; the frames up to the first
// that is not whole count.
//
// When the log is longer than the limit (4 MiB, or the last snapshot if that is
// more; 64 KiB where there is no room for that):
//
//  1. rename the spare log to log-n, fsync the directory: it counts as empty
//  2. the last frames are written to the old log, and then the header,
//     with the old log's end as base, and further frames to log n. If the old
//     log's end is lost with the power, log n does not count either
//  3. the old log is synced and closed, while
//  4. snapshot n, with the present end of log n as base, is written, synced and
//     renamed: before the rename the old snapshot and both logs count, then the
//     new one and what log n holds behind its base. The frames before its base
//     are not needed any more, whether they are on disk or not
//  5. older files become spares
package checkpoint
