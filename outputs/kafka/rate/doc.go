// Package rate bounds the bytes that an output sends each second.
//
// What a batch will take on the wire is known only when it is compressed, and by
// then it is too late to wait. So [Rate.Admit] admits it by a guess, what batches
// took lately, and [Rate.Settle] sets the guess right. Over time exactly the rate
// is sent; an output that was idle may send a second's worth at once.
package rate
