// Package objects holds some objects of a store while they are read in pieces.
//
// Of many files that return from objects at once only so many are read at a time as
// there is room for objects; the others wait, each for the object that it needs next,
// and those that have waited longest go first. So an object is fetched once, and not
// for each piece of it anew, unless its reader pauses for so long that others who wait
// get its room. Nobody is blocked meanwhile: see [Cache.Ready].
package objects
