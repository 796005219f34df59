package settings

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"time"

	"shipper/inputs/logfile/held"
	"shipper/inputs/logfile/split"
)

// Config describes one input block. New fills in the defaults of zero values.
type Config struct {
	Label        string
	Paths        []string // absolute globs, ** for any number of directories
	ExcludePaths []string // globs of paths to leave out
	Rotated      []string // further rotated names: globs of what follows the live name, such as ".old"
	Match        *regexp.Regexp
	// StreamName, Topic, Key and Headers are evaluated for a file. A nil
	// function means: path without rotation suffix, none, none.
	StreamName func(Vars) (string, error)
	Topic      func(Vars) (string, error)
	Key        func(Vars) (string, error)
	Headers    []HeaderFunc

	Include, Exclude []*regexp.Regexp // a record is delivered if any Include (or none is given) and no Exclude matches

	// Timestamp is "read" (default: the time of reading, which belongs to the
	// batch), "mtime" (the file's time of modification) or "parsed": the
	// first group of TimestampPattern, read by TimestampLayout (a layout of
	// package time, "rfc3339" (default), "unix" or "unix_ms"). With CRI it may
	// also be "cri" (default): the time that the container runtime noted.
	Timestamp        string
	TimestampPattern *regexp.Regexp
	TimestampLayout  string

	MaxLine    int          // bytes; default 256 KiB
	OnLongLine split.Policy // what becomes of longer lines; default: they are cut in pieces
	StripCR    bool         // a carriage return before the newline is not part of the record
	CRI        bool         // the lines are those of a Kubernetes container log

	// Lines are joined to the one before unless they match JoinStart, or if
	// they match JoinContinue. JoinMaxLines (default 1000) bounds the lines of
	// a record. JoinTimeout (default 5 s) is for how long complete lines wait
	// for more of their record, those of container logs, too.
	JoinStart, JoinContinue *regexp.Regexp
	JoinMaxLines            int
	JoinTimeout             time.Duration

	// StartAtEnd and StartAt concern files that exist at the first start, with
	// no state of this input at all: they start at their end, or, with StartAt,
	// if they were last modified before it.
	StartAtEnd bool
	StartAt    time.Time
	// History says that an earlier start may have passed over what was there, by one
	// of these: compressed files that are older than everything known of their log
	// are taken for that.
	History        bool
	ScanInterval   time.Duration // default 15 s
	KeepOpen       time.Duration // default 5 min
	OrderWait      time.Duration // default 60 s
	QuietAfter     time.Duration // default 1 min: unchanged for so long, a sealed file's last line is complete
	ForgetAfter    time.Duration // default 72 h
	FollowSymlinks bool

	CompletedOnly  bool        // nothing of a file is shipped before it is sealed
	QuietCompletes bool        // a file without a successor is sealed, too, when it is quiet
	Checksum       bool        // sum up what is acknowledged, for Completion.Tally
	OnComplete     Disposal    // of a file that is complete on all routes
	MoveTo         string      // where Move moves to
	RetainDeleted  held.Limits // of deleted files that are unread; zero gives nothing up
}

// Disposal is what becomes of a complete file.
type Disposal uint8

// The values of Config.OnComplete.
const (
	Keep Disposal = iota
	Delete
	Move
)

// HeaderFunc is a header whose value is evaluated for each file.
type HeaderFunc struct {
	Key   string
	Value func(Vars) (string, error)
}

// Vars is what expressions about a file may use.
type Vars struct {
	Host, Path, Input string
	Match             map[string]string // named captures of Config.Match
}

// Fill puts in the defaults and tells what can't be.
func (cfg *Config) Fill() error {
	setDefault(&cfg.MaxLine, 256<<10)
	setDefault(&cfg.ScanInterval, 15*time.Second)
	setDefault(&cfg.KeepOpen, 5*time.Minute)
	setDefault(&cfg.OrderWait, time.Minute)
	setDefault(&cfg.QuietAfter, time.Minute)
	setDefault(&cfg.ForgetAfter, 72*time.Hour)
	setDefault(&cfg.JoinMaxLines, 1000)
	setDefault(&cfg.JoinTimeout, 5*time.Second)
	if cfg.CRI {
		setDefault(&cfg.Timestamp, TimestampCRI)
	}
	setDefault(&cfg.Timestamp, TimestampRead)
	setDefault(&cfg.TimestampLayout, "rfc3339")
	if !slices.Contains([]string{TimestampRead, TimestampMtime, TimestampParsed, TimestampCRI}, cfg.Timestamp) ||
		(cfg.Timestamp == TimestampCRI && !cfg.CRI) {
		return fmt.Errorf("timestamp %q is not known", cfg.Timestamp)
	}
	if cfg.Timestamp == TimestampParsed && cfg.TimestampPattern == nil {
		return errors.New("a parsed timestamp needs a pattern with a group")
	}
	cut := cfg.Cutting()
	return cut.Check()
}

func setDefault[T comparable](v *T, d T) {
	var zero T
	if *v == zero {
		*v = d
	}
}
