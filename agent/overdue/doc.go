// Package overdue tells when a call into the file system does not return: that of
// a network file system whose server is gone, or of a disk that tries again and
// again. Nothing can end such a call. But what its caller holds can be taken from
// it ([Watch]), and others can be kept from following it ([Tally]).
//
// A watched call costs two uncontended locks. A timer runs only while somebody
// makes calls.
package overdue
