// Package s3 delivers to an object store that speaks Amazon's S3, and reads back
// what was delivered. It is the only package that knows Amazon's SDK.
//
// The types to know:
//
//   - [Output] is an outputs.Output: each segment of a batch becomes one object,
//     in the format of package object.
//   - [Entry] is an object found by [Output.List]; [Output.Get] reads one.
//
// # Where objects go
//
// With Config.Key, as an archive: below the key that the template gives for the
// segment. Without, as a failover's store: below the agent's own prefix, from
// where they are taken back; [Output.Return] marks or [Output.Delete] deletes
// those that were. An output is one or the other, never both.
//
// # When an object counts
//
// A segment is acknowledged when PutObject has returned and the checksum that the
// store computed of what it received (CRC-32C) came back with it and is ours. A
// store that can't do that needs Checksum "when_required": then the answer alone
// has to do. Nothing is ever overwritten by other bytes, because a key holds a
// hash of them; so a lost answer is no matter: the same object is put again.
//
// # Limits
//
//   - An object is complete in memory before it is put: raw and compressed, as
//     Shape says.
//   - A batch of several segments is put one after the other, and repeated whole
//     if one fails.
//   - An object holds the file's bytes: also those of lines that the input's include
//     and exclude keep back. They are no records, but they are there to be read.
//   - The SDK's own retries are off: Write is one attempt, patience is the agent's.
//   - Credentials come by the SDK's usual chain (environment, shared files, web
//     identity, container, instance). They are looked for when needed; an output
//     without any is slowly retried.
package s3
