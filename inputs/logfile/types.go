package logfile

import (
	"regexp"
	"time"

	"shipper/inputs/logfile/descriptors"
	"shipper/inputs/logfile/held"
	"shipper/inputs/logfile/proofs"
	"shipper/inputs/logfile/split"
	"shipper/inputs/logfile/trouble"
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
	StartAtEnd     bool
	StartAt        time.Time
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

// Position is an offset with its proof, and what was counted before it.
type Position = proofs.Position

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
	Complete   bool   // sealed, acknowledged by every route, and told
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

// Counters count since New. What is counted here was also logged when it
// happened (rate-limited), except for what the configuration asks for.
type Counters struct {
	Generations       uint64 // begun, that is given an id
	Truncations       uint64 // files found truncated or replaced in place
	BytesLost         uint64 // unread bytes that a truncation or deletion took, as far as known
	Pieces            uint64 // records that are pieces of over-long lines
	Partial           uint64 // last lines shipped without a newline
	Late              uint64 // segments of a generation whose successor was begun before
	TimedOut          uint64 // joined records that were cut by JoinTimeout
	LongLines         uint64 // lines longer than MaxLine that were quarantined or skipped
	SkippedBytes      uint64 // of lines that OnLongLine has skipped
	Malformed         uint64 // lines that are not of a container log, though CRI is set
	Gaps              uint64 // sparse holes and NULs in place of data that were passed over
	GapBytes          uint64
	NULWaits          uint64 // times that a file was found to end in NULs, which are waited for to become data
	Filtered          uint64 // records kept back by Include and Exclude
	UnparsedTimes     uint64 // records without a readable time
	CompressedIgnored uint64 // compressed rotated files noticed and not read
	ReadErrors        uint64 // failed attempts to open or read
	Overflows         uint64 // event queue overflows, answered by a full scan
	Scans             uint64 // full scans
	Unopened          uint64 // attempts that found no free descriptor
	Completed         uint64 // generations found complete, for each route
	Disposed          uint64 // complete files that were deleted or moved
	KeptUnshipped     uint64 // complete files that were kept since not all of them was shipped
	GivenUpFiles      uint64 // deleted files given up by RetainDeleted
	GivenUpBytes      uint64 // unread bytes of those; also in BytesLost
	GivenUpArrived    uint64 // of GivenUpBytes: sent before, and acknowledged after all
}

// Descriptors is the process's budget of open files, shared by all inputs.
type Descriptors = descriptors.Budget

// NewDescriptors makes a budget of limit open files.
func NewDescriptors(limit int) *Descriptors { return descriptors.New(limit) }

// Problem is something that keeps a path from being read.
type Problem = trouble.Problem
