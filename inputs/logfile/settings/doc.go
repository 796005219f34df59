// Package settings is what one input block of log files is configured with: the
// keys, their defaults and their checks.
package settings
