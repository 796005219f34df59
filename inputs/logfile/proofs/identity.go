package proofs

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

// Saved is what an earlier process left about a generation. Positions are by
// route number, as in logfile.New's routes; a route without one starts at 0.
type Saved struct {
	Identity
	Positions map[int]Position
}
