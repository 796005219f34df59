package shown

import "time"

// The states of a file, as in File.State.
const (
	Live     = "live"     // the newest of its stream
	Rotated  = "rotated"  // it has a successor
	Unlinked = "unlinked" // deleted, its descriptor is held
	Missing  = "missing"  // no name in sight
	Copy     = "copy"     // compressed, or a copy: not read while the file is there that holds the same
	Failed   = "failed"   // it can't be opened or read, or is nothing to be read
)

// File describes one known file for people who look.
type File struct {
	Path       string
	Stream     string
	Generation uint64 // 0 until its first record was read
	Size       int64
	Modified   time.Time
	State      string // live, rotated, unlinked, missing, failed
	Open       bool   // a descriptor is held
	Complete   bool   // sealed, acknowledged by every route, and told
	LastError  string
	Routes     []Route
}

// Route is one route's position in a file.
type Route struct {
	Route  int
	Offset int64
	// UnreadSince is when the oldest byte that is not shipped was first
	// seen, zero if there is none.
	UnreadSince time.Time
}

// Counters count since the input was made. What is counted here was also logged when
// it happened (rate-limited), except for what the configuration asks for.
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
	Scans             uint64 // full scans that are over
	Unopened          uint64 // attempts that found no free descriptor
	Completed         uint64 // generations found complete, for each route
	Disposed          uint64 // complete files that were deleted or moved
	KeptUnshipped     uint64 // complete files that were kept since not all of them was shipped
	GivenUpFiles      uint64 // deleted files given up by RetainDeleted
	GivenUpBytes      uint64 // unread bytes of those; also in BytesLost
	GivenUpArrived    uint64 // of GivenUpBytes: sent before, and acknowledged after all
}

// Match is a file that an input would ship.
type Match struct {
	Path     string
	Stream   string
	Topic    string
	Size     int64
	Modified time.Time
	Rotated  bool // not the newest of its stream
}

// Left is a file that keeps an input from being drained.
type Left struct {
	Path  string
	Bytes int64  // that some route has not acknowledged
	Why   string // what it waits for, or what hinders
}

// Tracked is one file of a stream as a forecast of losses needs it.
type Tracked struct {
	Path          string
	Device, Inode uint64
	Born          time.Time // as the file system says, else when it was found
	Size          int64     // as last seen
	Named         bool      // it has a name where we look
	Stirred       bool      // something has happened to it since a route last read it
	Acked         []int64   // by route: the offset up to which it is acknowledged
}
