// Package frame is what logs and snapshots of the checkpoint are made of: a
// [Header], and frames that each carry a checksum. Its format is described byte by
// byte in package checkpoint. It reads and writes no files.
//
// [Begin] and [Finish] make a frame, [Next] takes one from bytes that may hold
// anything. A checksum starts from the file's own header ([Seed]), so that what an
// older file left in the same blocks is never taken for a frame.
package frame
