package checkpoint

// State is everything the store knows. The store hands it out as a copy; what
// it keeps itself changes only through Commit.
type State struct {
	Generations map[uint64]*Generation // by generation id
	Routes      map[RouteID]Route
	Choices     map[Choice]Shard
	Owner       Owner
	Notes       map[string]string
}

// Owner is who wrote the state, so that a copy of it is noticed elsewhere. The
// store keeps it and compares nothing.
type Owner struct {
	Agent   string // the agent's id
	Machine string // what its host is known by, in the caller's own form
	// Salt tells the generation ids of this agent from those of the hosts that
	// the state was copied from, where the agent's id does not; "" if there is
	// no need.
	Salt string
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
	// LastSeen is in unix seconds and coarse: a change of less than an hour
	// is kept only if something else of the identity changes with it.
	LastSeen int64
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
	// Cluster is what the place calls itself, whatever its address: a Kafka
	// cluster's id. "" until it was heard, or if it has none.
	Cluster string
	// Heir is the route that took over from this one when it was configured no
	// longer, 0 if none did: it has shipped whatever this one had, and more.
	Heir RouteID
}

// Watermark is the offset up to which a route has acknowledged a generation,
// and the proof by which a file is known to hold the same bytes before it.
type Watermark struct {
	Offset      int64 // the byte after the last acknowledged record
	ProofLength uint8 // bytes before Offset covered by ProofHash, at most 64
	ProofHash   uint64
	Tally       Tally // of what is before Offset
}

// Tally is what was counted of a generation up to a watermark, for those who
// want to say what became of it; the store only keeps it.
type Tally struct {
	Bytes, Records int64
	First, Last    int64 // offsets at the output
	Checksum       uint32
	Partition      int32
	Flags          uint8
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

// Changes is what one commit writes, all of it or nothing. They take effect in
// the order of the fields, so that one commit can drop a thing and put another
// in its place.
type Changes struct {
	Forget        []uint64  // generation ids, with all their watermarks
	DropRoutes    []RouteID // with all their watermarks
	Routes        []Route
	Identities    []Identity
	Offsets       []Offset
	ForgetChoices []Choice
	Choices       map[Choice]Shard
	Owner         *Owner // nil: as it was
	// Notes are what others want to be remembered, by names of their own; an
	// empty one is forgotten. The store reads nothing in them.
	Notes map[string]string
}

// Offset moves one watermark. Its generation's Identity should be committed
// before or with it: an offset without identity does not outlive the process.
type Offset struct {
	Generation uint64
	Route      RouteID
	Watermark
}
