// Package faultfs mounts a real file system that hangs and fails on demand: the kernel
// asks this process about every file (FUSE), which answers from a directory, or late,
// or with an error.
//
//   - [FS] is one that is mounted. Its files are made and written in the directory
//     behind it, and seen below the mount point, as on a network file system.
//   - [Fault] is one call on one file that is not answered, or refused.
//
// A process whose call hangs in it can't be killed until the call is answered, so
// [FS.Close] cuts the file system off first: every call is refused from then on. Whoever
// serves it must not ask it about anything, or waits for itself.
//
// What a test leaves mounted that was killed, `umount -l` takes away.
//
// It needs root and /dev/fuse.
package faultfs
