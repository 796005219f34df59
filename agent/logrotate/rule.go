package logrotate

import (
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/bmatcuk/doublestar/v4"
)

// Rule is one block of the configuration.
type Rule struct {
	File     string // where it stands
	Line     int    // of its opening brace
	Patterns []string
	Settings
}

// Settings are those of a rule that can lose lines, or tell how soon.
type Settings struct {
	// Rotate is how many rotated files are kept; -1: all of them. Default 0:
	// a file is deleted when it is rotated.
	Rotate        int
	Every         string // hourly, daily, weekly, monthly, yearly; "" if it is by size
	Size          int64  // bytes at which it is rotated whatever the time, 0 if not
	MaxSize       int64  // likewise, beside Every
	CopyTruncate  bool
	Compress      bool
	DelayCompress bool
	Shred         bool
	OldDir        string // as written, "" for the file's own directory
	DateExt       bool
	DateFormat    string // of strftime
	Extension     string // stays the last part of a rotated name
	CompressExt   string
	Start         int // the first number
}

func defaults() Settings {
	return Settings{Every: "weekly", DateFormat: "-%Y%m%d", CompressExt: ".gz", Start: 1}
}

// Matches tells whether the rule names a path.
func (r *Rule) Matches(path string) bool {
	return slices.ContainsFunc(r.Patterns, func(p string) bool {
		ok, err := doublestar.Match(p, path)
		return err == nil && ok || p == path
	})
}

// Place is where the rule stands, for people.
func (r *Rule) Place() string { return r.File + ":" + strconv.Itoa(r.Line) }

// For returns the rule by which a path is rotated, nil if there is none. As for
// logrotate, the first one counts.
func (c *Config) For(path string) *Rule {
	for _, r := range c.Rules {
		if r.Matches(path) {
			return r
		}
	}
	return nil
}

// Rotated is the name that a live path gets when it is rotated, with the suffix
// of compression if it gets that at once.
func (r *Rule) Rotated(live string, at time.Time) string {
	dir, base := filepath.Split(live)
	if r.OldDir != "" {
		if dir = r.OldDir; !filepath.IsAbs(dir) {
			dir = filepath.Join(filepath.Dir(live), dir)
		}
	}
	extension := ""
	if r.Extension != "" && strings.HasSuffix(base, r.Extension) {
		base, extension = strings.TrimSuffix(base, r.Extension), r.Extension
	}
	suffix := "." + strconv.Itoa(r.Start)
	if r.DateExt {
		suffix = strftime(r.DateFormat, at)
	}
	name := base + suffix + extension
	if r.Compress && !r.DelayCompress {
		name += r.CompressExt
	}
	return filepath.Join(dir, name)
}

// strftime knows the parts of a date that logrotate allows.
func strftime(format string, at time.Time) string {
	return strings.NewReplacer(
		"%Y", at.Format("2006"), "%m", at.Format("01"), "%d", at.Format("02"),
		"%H", at.Format("15"), "%M", at.Format("04"), "%S", at.Format("05"),
		"%V", "01", "%s", strconv.FormatInt(at.Unix(), 10), "%z", at.Format("-0700"), "%%", "%",
	).Replace(format)
}
