// Package stored translates between the words of the checkpoint, which knows nothing
// of the rest, and those of the input: what [AddProgress] has stored, [For] gives to
// the input of the next process.
package stored
