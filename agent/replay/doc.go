// Package replay ships files, or parts of them, once more: to the same topic, another
// one, or another output, with the ids that the records had.
//
//   - [Options]: what is to be shipped, as somebody asked for it.
//   - [Plan]: which bytes of which generation go where. It is made once, and stored;
//     the same options find it again and go on where they stopped.
//
// # How
//
// A replay is an agent with chosen files and a state of its own, below the state
// directory of the agent whose files they are. It reads that one's state for ids and
// partitions, and never writes to it, so that it may run beside it. Its offsets move
// as an agent's do: SIGKILL repeats at most one batch of each partition.
//
// # What is never guessed
//
// Which input's settings count, and which output is meant, where there are several;
// the ids of a compressed file that the state does not know, whose lines may have been
// shipped from the plain file under other ids; a file that holds other bytes than when
// the plan was made. Each is an error that says what to name.
package replay
