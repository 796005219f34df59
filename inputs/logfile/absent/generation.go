package absent

import (
	"time"

	"shipper/inputs"
	"shipper/inputs/logfile/proofs"
)

// Generation is one that is known and has no file at present.
type Generation struct {
	proofs.Saved
	Since time.Time // zero: not known to be absent yet
	// Ended says that its file is at hand and holds another generation.
	Ended bool
	// Ours is false for what other inputs left: it is recognised if its file
	// comes to a name of ours, and not ours to forget.
	Ours      bool
	DirDevice uint64             // of its directory when Since began
	Size      int64              // of its file as last seen, 0 if not known
	Gen       *inputs.Generation // that its segments refer to, nil if there are none
}

// Former is what is known of a stream by its absent generations.
type Former struct {
	Last  uint64         // highest order
	First uint64         // lowest order
	Begun map[int]uint64 // by route: highest order of a generation begun
}
