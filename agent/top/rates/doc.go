// Package rates finds what was shipped in a second by comparing two snapshots.
package rates
