package verb

import (
	"fmt"

	"github.com/dustin/go-humanize"
)

// Plural is a number of things.
func Plural(n int, word string) string {
	switch n {
	case 0:
		return "no " + word + "s"
	case 1:
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}

// Amount is a number of bytes for people.
func Amount(n int64) string {
	if n < 1<<10 {
		return Plural(int(n), "byte")
	}
	return fmt.Sprintf("%s bytes (%s)", humanize.Comma(n), humanize.IBytes(uint64(max(n, 0))))
}
