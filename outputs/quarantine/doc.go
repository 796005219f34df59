// Package quarantine keeps the records that an output will never take, durably,
// until somebody has looked at them.
//
// The types to know:
//
//   - [Record]: such a record with all that is needed to send it again exactly,
//     and why it is here.
//   - [File]: a local file of them, bounded. One JSON object a line.
//   - [Topic]: a topic of them, with a File for what that topic refuses, too.
//
// A watermark passes a record only when Put has returned nil: it is on disk, or
// acknowledged.
//
// # The file, and who may change it
//
// The agent appends, `shipper quarantine` takes away. Both hold a lock (flock) on
// the open file meanwhile, and look, once they have it, whether the file still
// has its name: records are taken away by writing what remains to another file,
// which is renamed over the first before the lock is given up. A crash leaves the
// one or the other. A torn last line is the end of a write that was cut short,
// of a record that no watermark has passed.
//
// The fields of a line are those of Record, in this order, empty ones left out;
// bytes are base64. Unknown fields are for later versions, and kept.
package quarantine
