// Package check tries out what a configuration promises, without shipping
// anything: the files that its inputs match now, and the outputs behind their
// addresses. [Run] does it all and gives findings for people.
package check
