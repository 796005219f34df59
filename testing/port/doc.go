// Package port finds ports for what tests start at an address that is known beforehand,
// or end and start again there.
//
// A port that the kernel has given may be given to another process as soon as it is
// closed. So ports are chosen by chance, below those that the kernel gives.
package port
