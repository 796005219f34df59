// Package descriptors is the process's budget of open log files, and of decoders
// for compressed ones: of both there are few, shared by all inputs.
//
//   - [Budget] says who may open a file, and closes one for another.
//   - [Handle] is an open file. Who uses it has it until Release; given up
//     meanwhile, it is closed after the last use.
//   - [Decoder] is a compressed file that is read from its start, which is dear:
//     it is kept for as long as it may be gone on with.
package descriptors
