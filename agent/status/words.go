package status

import (
	"fmt"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/dustin/go-humanize"
)

// Printable is s if a terminal takes every character of it as one to show, and
// else s as a quoted Go string. Newlines, escapes, marks that change the
// direction of text and invalid UTF-8 are not shown as they are.
func Printable(s string) string {
	for i, r := range s {
		if !strconv.IsPrint(r) {
			return strconv.Quote(s)
		}
		if r == utf8.RuneError {
			if _, n := utf8.DecodeRuneInString(s[i:]); n == 1 {
				return strconv.Quote(s)
			}
		}
	}
	return s
}

// Size formats a number of bytes in at most nine columns.
func Size(n int64) string {
	if n < 0 {
		return "-" + humanize.IBytes(uint64(-n))
	}
	return humanize.IBytes(uint64(n))
}

// Duration formats a duration in at most five columns, up to 27 years.
func Duration(d time.Duration) string {
	switch s := int64(d / time.Second); {
	case s < 0:
		return "0s"
	case s < 60:
		return fmt.Sprintf("%ds", s)
	case s < 10*60:
		return fmt.Sprintf("%dm%02ds", s/60, s%60)
	case s < 100*60:
		return fmt.Sprintf("%dm", s/60)
	case s < 10*3600:
		return fmt.Sprintf("%dh%02dm", s/3600, s/60%60)
	case s < 48*3600:
		return fmt.Sprintf("%dh", s/3600)
	default:
		return fmt.Sprintf("%dd", s/86400)
	}
}
