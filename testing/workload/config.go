package workload

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"
)

// Scheme is how a log file gets out of the way of its successor.
type Scheme string

// The schemes.
const (
	// Numbered shifts: app.log.1 becomes app.log.2, then app.log becomes
	// app.log.1, as logrotate does by default.
	Numbered Scheme = "numbered"
	// Dated renames once, to app.log.20260102T150405.000 (UTC).
	Dated Scheme = "dated"
)

// Config of a Writer. Zero values mean the defaults.
type Config struct {
	Dir    string // of the log file; must exist
	Source string // letters, digits, and . _ - ; the log is Dir/Source.log

	// Bytes ends Run once so many bytes were written; 0: only ctx ends it.
	Bytes int64
	Rate  int64 // bytes a second, 0: as fast as write(2)

	RotateSize  int64         // bytes, 0: not by size
	RotateEvery time.Duration // 0: not by time
	Scheme      Scheme        // default Numbered
	// Keep is how many rotated files stay, 0: all. Older ones are deleted
	// whether anybody has read them or not.
	Keep int
	// AfterRename is how many lines are still written to the old file after
	// it was renamed, as by an application that re-opens its log late. The
	// successor does not exist until they are written.
	AfterRename int

	// Block is how many bytes are gathered for one write(2), as stdio does; a
	// block ends with a line. 0: each line is written at once.
	Block int
	// Split is the share of writes that are done in two, cut at any byte.
	// Default 0.02, negative: none.
	Split float64
	// SplitPause is waited between the two.
	SplitPause time.Duration

	// MinLine, MeanLine and MaxLine are lengths in bytes, stamps included,
	// newline not: exponentially distributed from MinLine on, cut off at
	// MaxLine. Defaults 64, 185 and 4096.
	MinLine, MeanLine, MaxLine int
	Seed                       uint64

	// Journal is the journal's path, default Dir/Source.journal.json; "-":
	// none is written.
	Journal string
}

// LogPath is the path of the live log file.
func (c *Config) LogPath() string { return filepath.Join(c.Dir, c.Source+".log") }

// withDefaults returns the configuration filled in, or why it can't be used.
func (c Config) withDefaults() (Config, error) {
	valid := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("._-", r)
	}
	if c.Source == "" || strings.TrimFunc(c.Source, valid) != "" {
		return c, fmt.Errorf("source %q: want letters, digits, and . _ -", c.Source)
	}
	if c.Dir == "" {
		return c, errors.New("no directory given")
	}
	if c.Scheme == "" {
		c.Scheme = Numbered
	}
	if c.Scheme != Numbered && c.Scheme != Dated {
		return c, fmt.Errorf("scheme %q: want %s or %s", c.Scheme, Numbered, Dated)
	}
	if c.Split == 0 {
		c.Split = 0.02
	}
	if c.MinLine == 0 {
		c.MinLine = 64
	}
	if c.MeanLine == 0 {
		c.MeanLine = max(185, c.MinLine)
	}
	if c.MaxLine == 0 {
		c.MaxLine = max(4096, c.MeanLine)
	}
	if c.MinLine < 0 || c.MinLine > c.MeanLine || c.MeanLine > c.MaxLine {
		return c, fmt.Errorf("line lengths %d, %d, %d: want 0 < min ≤ mean ≤ max", c.MinLine, c.MeanLine, c.MaxLine)
	}
	if c.Journal == "" {
		c.Journal = filepath.Join(c.Dir, c.Source+journalSuffix)
	}
	return c, nil
}
