package checkpoint

// State is everything the store knows. Load hands it out as a copy; what the
// store keeps itself changes only through Commit.
type State struct {
	Generations map[uint64]*Generation // by generation id
	Routes      map[RouteID]Route
	Choices     map[Choice]Shard
}

// Generation is one known generation and every route's watermark in it.
type Generation struct {
	Identity
	Watermarks map[RouteID]Watermark
}

// Identity is what a generation is recognised by. It is stored once, and again
// when the head has grown or the path changed.
type Identity struct {
	ID          uint64
	Stream      string // the stream's name
	Path        string // where the file was last seen; any bytes
	Device      uint64
	Inode       uint64
	Birth       int64  // nanoseconds since 1970, 0 if the file system does not say
	Truncations uint32 // seen of this inode before this generation began
	Order       uint64 // ascending within a stream in the order of shipping
	HeadLength  uint32 // bytes covered by HeadHash, at most 1 KiB
	HeadHash    uint64
	LastSeen    int64 // unix seconds; coarse, updated when something else is written
}

// RouteID numbers a route within one state directory.
type RouteID uint32

// Route is what a RouteID stands for. Destination tells whether another route
// may inherit this one's watermarks.
type Route struct {
	ID          RouteID
	Input       string // label of the input block
	Output      string // label of the output, kind included: kafka.events
	Destination string // what identifies the place itself, whatever its label
}

// Watermark is the offset up to which a route has acknowledged a generation,
// and the proof by which a file is known to hold the same bytes before it.
type Watermark struct {
	Offset      int64 // the byte after the last acknowledged record
	ProofLength uint8 // bytes before Offset covered by ProofHash, at most 64
	ProofHash   uint64
}

// Choice is a stream on an output; the store remembers which Shard it got.
type Choice struct {
	Output string
	Stream string // input label and stream name
	Topic  string
}

// Shard is where a stream's records go.
type Shard struct {
	Topic     string
	Partition int32
}

// Changes is what one commit writes, all of it or nothing.
type Changes struct {
	Identities []Identity
	Offsets    []Offset
	Forget     []uint64 // generation ids
	Routes     []Route
	DropRoutes []RouteID
	Choices    map[Choice]Shard
}

// Offset moves one watermark.
type Offset struct {
	Generation uint64
	Route      RouteID
	Watermark
}
