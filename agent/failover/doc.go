// Package failover keeps lines safe elsewhere while an output takes none, and has
// them return.
//
// The types to know:
//
//   - [Machine]: the state of one shard of the output: healthy → stalled →
//     diverting → returning → healthy. It is pure: signs and time go in, an edge
//     comes out.
//   - [Aside]: what one route has put aside and not got back: ranges of
//     generations, each in an object. It reads them back where their file is gone.
//   - [Keeper]: all machines of one output, and what is to be done with objects
//     whose lines have arrived.
//
// # How it works
//
// The failover of a route is a second route of the same input, which follows the
// first: it goes on from where that one's offset is, or from where what was put
// aside after it ends, whichever is further (safe). It is awake only for streams
// of diverting shards. What it stores is noted as a range; it has no offset of its
// own, and moves nobody else's. So nothing has to be brought back: the first route
// goes on from its own offset, by the local file, or where that is gone by the
// ranges, and passes their ends; then their objects are marked or deleted.
//
// Objects are fetched beside the lanes, a few at a time (package objects): a stream
// whose next bytes are in one that is not here sleeps until it is. Only a record that
// begins in one object and ends in another has a lane wait, and a batch that is read
// again after its object made room for others. Who must not be held up ends that wait:
// nothing of it is sent yet, or it is repeated later, and the object still comes.
//
// # What a crash leaves
//
//   - after an object was stored and before its range was noted: the range is
//     stored again, cut otherwise perhaps. The forgotten object is one that nobody
//     asks for; it is found by the listing after a loss of state.
//   - after the first route's offset has passed a range, before its object is
//     marked: it is marked after the start. An offset is stored before that.
//   - after it is marked and before the range is forgotten: it is marked again.
//
// # Limits
//
//   - Ranges belong to a route by its number. If the input is renamed its
//     objects wait for `replay`.
//   - An object of two routes, where two inputs match the same file and have the
//     same output, is deleted with the first route that has passed it.
package failover
