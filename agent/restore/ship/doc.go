// Package ship sends what a restore.Plan names, and remembers how far it is. [Run] is
// all there is to know; package restore says how it works.
package ship
