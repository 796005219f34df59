// Package proofs tells by its bytes whether a file is a certain generation: by a
// hash of its head, which grows with it, and by one of the bytes before a position.
//
//   - [Position] is an offset with its proof.
//   - [Prove] asks a file for the proofs of a generation.
//   - [Known] is all that a generation is known by; [Known.Compare] holds a file
//     against it that may be a copy, compressed or restored.
//   - [GenerationID] makes the id that a generation keeps.
package proofs
