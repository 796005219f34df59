// Package views has the verbs that only look: status and top at a running agent,
// explain and tail at one file.
package views
