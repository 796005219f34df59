// Package edit is what people may ask to be done to a stored state by hand:
// written out, read in, adopted and reset. It works on a copy of the state and
// says what is to be committed; it neither reads nor writes a state directory.
//
// The functions to know:
//
//   - [Write] and [Parse]: a whole state as lines of JSON, and back.
//   - [Replace], [Reset], [ResetRoute], [NewIDs], [TakeOver]: the changes that make another
//     state of one. Each is one commit, so a crash leaves all of it or nothing.
//
// # What can't be done
//
// No function moves an offset forward: bytes that were not acknowledged can't be
// skipped by hand, but for [TakeOver], which is told that another route's
// acknowledgements count. What Parse reads is believed, as somebody's copy of a
// state; the proofs in it keep its offsets from being applied to other bytes.
//
// # The export, version 1
//
// One JSON object a line. The first tells what it is:
//
//	{"shipper_checkpoint":1,"written_at":"2026-01-02T15:04:05Z","host":"web1",
//	  "owner":{"agent":"web1","machine":"boot=… machine=…"}}
//
// then, in any order, objects with one of the keys route, generation and choice:
//
//	{"route":{"id":1,"input":"web","output":"kafka.events","destination":"kafka://k1:9092",
//	  "cluster":"MkU3OEVBNTcwNTJENDM2Qk"}}
//	{"generation":{"id":"00c0ffee00c0ffee","stream":"/var/log/web.log","path":"/var/log/web.log.1",
//	  "device":"2049","inode":"131","birth":"1767366245000000000","truncations":0,"order":"1048576",
//	  "head_length":1024,"head_hash":"…","last_seen":1767366245,
//	  "offsets":[{"route":1,"offset":4096,"proof_length":64,"proof_hash":"…"}]}}
//	{"choice":{"output":"kafka.events","stream":"web//var/log/web.log","topic":"web","shard_topic":"web","partition":3}}
//
// and at the end their numbers, without which the export is not whole:
//
//	{"end":{"routes":1,"generations":1,"choices":1}}
//
// (A generation is one line, too.) Ids and hashes are 16 hexadecimal digits.
// Device, inode, order and birth (nanoseconds since 1970) are decimal numbers in
// strings, because many programs round numbers above 2^53; offsets are numbers of
// bytes. Names that are not UTF-8 are written in base64 under their key with
// _base64 behind it. Unknown keys are ignored: newer versions may add some. What
// an older shipper must not ignore has another version.
package edit
