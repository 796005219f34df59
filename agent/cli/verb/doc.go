// Package verb is what the verbs of the command line share.
//
//   - [Run] and [RunArgs] make a function the body of a verb; [Fail] ends it with one
//     of the exit codes.
//   - [ConfigFlag], [StateFlags] and [LogrotateFlag] are flags that mean the same
//     wherever they stand; [Configured] and [AgentOf] are what comes of them.
//   - [Plural] and [Amount] word numbers.
package verb
