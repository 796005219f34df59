package words

import (
	"strings"
	"time"

	"github.com/dustin/go-humanize"

	"shipper/agent/status"
)

// Sentences joins those that are not empty.
func Sentences(texts ...string) string {
	var all []string
	for _, t := range texts {
		if t != "" {
			all = append(all, t)
		}
	}
	return strings.Join(all, "; ")
}

// Seconds formats a number of seconds.
func Seconds(s float64) string { return status.Duration(time.Duration(s * float64(time.Second))) }

// Comma is a number with a comma after each three digits.
func Comma(n float64) string { return humanize.Comma(int64(n)) }

// Ago is for how long something is so, "" if that is unknown.
func Ago(now, t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return status.Duration(now.Sub(t))
}

// Count is a number of things, "" for none.
func Count(n int64, what string) string {
	if n == 0 {
		return ""
	}
	return humanize.Comma(n) + " " + what
}
