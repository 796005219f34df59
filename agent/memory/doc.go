// Package memory divides what the process may use among its parts: the memory
// budget among the lanes of each output, the descriptors between logs and the rest.
package memory
