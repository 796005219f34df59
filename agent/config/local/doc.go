// Package local is what a configuration says about outputs on this machine: the
// blocks `output "file"` and `output "stdout"`.
package local
