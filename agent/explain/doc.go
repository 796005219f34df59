// Package explain answers, for one file, whether and why it is shipped, how far,
// what hinders, and what can lose its lines.
//
// The types to know:
//
//   - [Source]: what there is to ask: the configuration, the running agent's
//     snapshot, else the stored state and the disk.
//   - [Log]: a stream with all its generations, as the source knows them.
//   - [Explanation]: everything about one file; Write prints it for people. What the
//     file system says of it is a [look.File].
//
// It reads only, and may look beside a running agent. What it says is of one
// moment: files and offsets move on while it looks. For a file system that does not
// answer nobody waits, though the process may not be able to end before its calls do.
//
// [Rotation] is the part that `check` prints for all files: what logrotate's
// configuration can do to unread lines.
package explain
