// Package recall takes back what an agent has put aside before it lost its state: it
// lists the agent's own objects, and makes them known to their inputs: those that are in
// force by then, whatever a reload changes meanwhile. That it is to be done is noted in
// the new state until it is, so that a process which ends before leaves it to the next.
//
// Where two hosts have one agent id, objects with other bytes of one place lie side by
// side. This host takes its own; the others are left where they are, and the first
// conflict of each generation is named, for
// `shipper replay --from-host`: nothing of them is marked, deleted or lost.
package recall
