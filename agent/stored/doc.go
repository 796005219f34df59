// Package stored translates between the words of the checkpoint, which knows nothing
// of the rest, and those of the input: what [AddProgress] has stored, [For] gives to
// the input of the next process. [History] keeps that an input has passed over what was
// there when it began.
package stored
