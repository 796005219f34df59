// Package waiting keeps who waits for a time to come, in a [List], and tells whoever sees
// to that when the first begins to: so long as nobody waits, nobody has to look at the
// clock.
package waiting
