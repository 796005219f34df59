// Package disposal removes a log file that was shipped to its end: it deletes it or
// moves it to another directory, and never touches another file.
//
// # What could go wrong, and what is done about it
//
//   - A directory on the way was replaced by a symbolic link: the directory is
//     opened without following links, must be the one that the file was found in,
//     and everything is done relative to its descriptor.
//   - The name stands for another file by now, as when logs are shifted: device,
//     inode, birth, size and time of modification are compared, and the bytes by
//     which the generation is known. As rotation may come between that and the
//     removal, the file is renamed first, to a name that nobody else uses, compared
//     once more, and only then unlinked. If it is another file, it gets its name
//     back; if that is taken again, it keeps the private name and is read there.
//   - Something is appended after the last look: nothing can keep a process from
//     writing to a file that it has open. The caller holds the file's descriptor for
//     a while and ships what is added.
//   - A crash leaves the file under its name, under the private one (it is known by
//     its inode and is removed after the restart), in the place it was moved to, or
//     gone. Nothing is synced: if a removal does not outlive a loss of power, the
//     file is there again, known, and removed again, or, if it was forgotten,
//     shipped again.
package disposal
