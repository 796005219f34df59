// Package processes runs what a trial measures and ships to: an [Agent], whose memory
// it watches, and a [Broker] that keeps nothing.
package processes
