package logfile

import (
	"time"

	"shipper/inputs/logfile/descriptors"
	"shipper/inputs/logfile/proofs"
	"shipper/inputs/logfile/settings"
	"shipper/inputs/logfile/trouble"
)

// Config describes one input block. New fills in the defaults of zero values.
type Config = settings.Config

// HeaderFunc is a header whose value is evaluated for each file.
type HeaderFunc = settings.HeaderFunc

// Vars is what expressions about a file may use.
type Vars = settings.Vars

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
