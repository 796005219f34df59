// Package profiles serves Go's profiles of the process, for whoever looks for what
// costs time or memory. They hold no content of logs and no secrets, but names of
// functions, and taking them costs time: they are served only where that is
// switched on.
package profiles
