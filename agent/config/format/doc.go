// Package format writes configuration as it is usually written: indented, with the
// equals signs of neighbours below each other. The words stay.
package format
