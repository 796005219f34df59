package logrotate

import (
	"fmt"
	"strconv"

	"github.com/dustin/go-humanize"
)

// Warning is what a rule can do to lines.
type Warning struct {
	What string // what is so
	Cure string // what to write instead
}

// Unread describes what of a log is not shipped yet.
type Unread struct {
	Bytes int64 // in all its files
	// Oldest is how many rotations ago the oldest file with unread bytes was
	// the live one: 0 if only the live one has some.
	Oldest int
}

// Lint tells what in the rule can lose lines of a log of which so much is unread.
func (r *Rule) Lint(u Unread) []Warning {
	var found []Warning
	warn := func(cure, format string, args ...any) {
		found = append(found, Warning{What: fmt.Sprintf(format, args...), Cure: cure})
	}
	if r.CopyTruncate {
		warn("use `create` instead, with a postrotate script that makes the application open its log again; "+
			"if it can't, rotate when shipper has caught up",
			"copytruncate destroys what is written between the copy and the truncation; what shipper has not read "+
				"by then is left only in the copy%s", now(u.Bytes))
	}
	if r.Compress && !r.DelayCompress && !r.CopyTruncate {
		warn("add `delaycompress`: it leaves the newest rotated file as it is until the next rotation",
			"compress without delaycompress takes the file away right after its rotation: what the application "+
				"still writes to it is lost if shipper does not hold it open at that moment%s", now(u.Bytes))
	}
	if r.Shred {
		warn("use `noshred`, or ship the log before it is deleted", "shred overwrites old files before they are deleted, "+
			"also for those who hold them open: what is unread by then is lost")
	}
	switch {
	case r.Rotate == 0:
		warn("use `rotate 1` or more, so that a stopped shipper finds the file when it starts again",
			"rotate 0 deletes the file when it is rotated: what is unread while shipper is stopped is lost")
	case r.Rotate > 0 && u.Bytes > 0 && u.Oldest >= r.Rotate:
		warn("raise `rotate` until shipper has caught up; `shipper status` tells what holds it up",
			"rotate %d: the next rotation, %s, deletes a file with lines that are not shipped; %s wait",
			r.Rotate, r.when(), size(u.Bytes))
	case r.Rotate > 0 && u.Oldest > 0 && 2*u.Oldest >= r.Rotate:
		warn("raise `rotate`, or see with `shipper status` what holds shipper up",
			"rotate %d: the oldest file with lines that are not shipped was rotated %s ago and is deleted by the %s rotation from now, one %s; %s wait",
			r.Rotate, times(u.Oldest), ordinal(r.Rotate-u.Oldest+1), r.when(), size(u.Bytes))
	}
	return found
}

// now says how much is at stake at this moment, "" if nothing is.
func now(unread int64) string {
	if unread == 0 {
		return ""
	}
	return fmt.Sprintf(" (now %s are unread)", size(unread))
}

// when tells how often a file is rotated.
func (r *Rule) when() string {
	text := map[string]string{
		"hourly": "within an hour", "daily": "within a day", "weekly": "within a week",
		"monthly": "within a month", "yearly": "within a year",
	}[r.Every]
	limit := r.Size
	if limit == 0 {
		limit = r.MaxSize
	}
	switch {
	case text == "" && limit == 0:
		return "at any time"
	case text == "":
		return "when the live file has " + size(limit)
	case limit > 0:
		return text + " or when the live file has " + size(limit)
	}
	return text
}

// Describe sums the rule up.
func (r *Rule) Describe() string {
	text := "renamed"
	if r.CopyTruncate {
		text = "copied and truncated"
	}
	text += " " + r.when()
	switch {
	case r.Rotate < 0:
		text += ", all rotated files are kept"
	default:
		text += ", " + strconv.Itoa(r.Rotate) + " rotated kept"
	}
	switch {
	case r.Compress && r.DelayCompress:
		text += ", compressed at the rotation after"
	case r.Compress:
		text += ", compressed at once"
	}
	return text
}

func size(n int64) string { return humanize.IBytes(uint64(max(n, 0))) }

func times(n int) string {
	if n == 1 {
		return "one rotation"
	}
	return strconv.Itoa(n) + " rotations"
}

func ordinal(n int) string {
	switch n {
	case 1:
		return "next"
	case 2:
		return "second"
	case 3:
		return "third"
	}
	return strconv.Itoa(n) + "th"
}
