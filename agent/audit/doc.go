// Package audit tells a topic of every generation that is complete: one record each,
// delivered at least once.
//
//   - [Record] is what is told. It is one JSON object; its id is made from the
//     generation's and its length, so that it is the same however often it is sent,
//     by whatever process.
//   - [Auditor] sends records by an output of its own, as quarantine topics do: so no
//     shard is written by two, and a topic that does not take them holds up no log.
//
// # What a crash leaves
//
// The generation's data are acknowledged and stored before its record is sent, and
// that it was told is stored only after the record is acknowledged: a crash between
// has the next process find the generation complete and untold, and send the same
// record with the same id. A record can be there twice; it can't be missing, except
// for a file that was deleted by others before it was told of and while no agent ran:
// then nobody can say that it was complete. What is to be done with the file is done
// after that, so that a file which was deleted or moved by the agent was told of.
//
// # Limits
//
// Records wait in memory, some 500 bytes each, for as long as the topic takes none;
// their files' descriptors are not held for that.
package audit
