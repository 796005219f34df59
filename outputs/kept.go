package outputs

import (
	"context"
	"time"

	"shipper/inputs"
)

// Kept is a record as an output gives it back.
type Kept struct {
	Shard    Shard
	Position int64     // in the shard
	Time     time.Time // the record's timestamp
	// Generation and Offset are the record's id. HasID is false if it has none,
	// as records of others.
	Generation uint64
	Offset     int64
	HasID      bool
	Late       bool
	Piece      inputs.Piece // PieceMiddle and PieceLast can't be told if there was a restart between them
	Value      []byte       // valid during the call only
	// Quarantined is what a record in a quarantine topic says of itself; see package
	// outputs/quarantine. It is nil for all others, and valid during the call only.
	Quarantined []byte
}

// Keeper is implemented by outputs that can be read back.
type Keeper interface {
	// ReadBack calls f for every record of a topic that is there at the time of
	// the call, in the order of each shard, from the first whose timestamp is not
	// before since on; a zero since is the beginning. Records that were not
	// committed are left out. It ends with f's first error. tell hears from time to
	// time how many positions of all were read.
	ReadBack(ctx context.Context, topic string, since time.Time, f func(*Kept) error, tell func(done, total int64)) error
}
