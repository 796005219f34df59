// Package keys tells the keys apart that a terminal sends, and says what they do.
package keys
