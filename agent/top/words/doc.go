// Package words says numbers and times in words for people.
package words
