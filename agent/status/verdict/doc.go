// Package verdict judges a snapshot in the manner of monitoring plugins: one of
// four states, which is the exit code, and one line with performance data.
package verdict
