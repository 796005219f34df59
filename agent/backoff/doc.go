// Package backoff says how long to wait between attempts.
package backoff
