package logfile

import (
	"regexp"
	"time"

	"shipper/inputs"
)

// Config describes one input block. New fills in the defaults of zero values.
type Config struct {
	Label        string
	Paths        []string // absolute globs, ** for any number of directories
	ExcludePaths []string // globs of paths to leave out
	Rotated      []string // further patterns of rotated names, beside the built-in ones
	Match        *regexp.Regexp
	// StreamName, Topic, Key and Headers are evaluated for a file. A nil
	// function means: path without rotation suffix, none, none.
	StreamName func(Vars) (string, error)
	Topic      func(Vars) (string, error)
	Key        func(Vars) (string, error)
	Headers    []HeaderFunc

	Include, Exclude []*regexp.Regexp // a record is delivered if any Include (or none is given) and no Exclude matches

	MaxLine        int           // bytes; longer lines are cut in pieces. Default 256 KiB
	StartAtEnd     bool          // files that exist when the stream is first seen, with no state at all, start at their end
	ScanInterval   time.Duration // default 15 s
	KeepOpen       time.Duration // default 5 min
	OrderWait      time.Duration // default 60 s
	QuietAfter     time.Duration // default 1 min: unchanged for so long, a sealed file's last line is complete
	ForgetAfter    time.Duration // default 72 h
	FollowSymlinks bool
}

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

// Identity is what a generation is recognised by across restarts.
type Identity struct {
	ID          uint64
	Stream      string // the stream's name
	Path        string // where the file was last seen
	Device      uint64
	Inode       uint64
	Birth       int64 // nanoseconds, 0 if unknown
	Truncations uint32
	Order       uint64
	HeadLength  uint32
	HeadHash    uint64
}

// Position is an offset with the proof that a file holds the same bytes before
// it: a hash of the at most 64 bytes that end there.
type Position struct {
	Offset      int64
	ProofLength uint8
	ProofHash   uint64
}

// Saved is what an earlier process left about a generation. Positions are by
// route number, as in New's routes; a route without one starts at 0.
type Saved struct {
	Identity
	Positions map[int]Position
}

// Progress is what the agent persists after a commit. Identity is non-nil when
// it is new or has changed since the last Progress for any route.
type Progress struct {
	Generation uint64
	Identity   *Identity
	Position   Position
}

// FileStatus describes one known file for people who look.
type FileStatus struct {
	Path       string
	Stream     string
	Generation uint64 // 0 until its first record was read
	Size       int64
	Modified   time.Time
	State      string // live, rotated, unlinked, missing, failed
	Open       bool   // a descriptor is held
	LastError  string
	Routes     []RouteStatus
}

// RouteStatus is one route's position in a file.
type RouteStatus struct {
	Route  int
	Offset int64
	// UnreadSince is when the oldest byte that is not shipped was first
	// seen, zero if there is none.
	UnreadSince time.Time
}

var _ = inputs.Stream{}
