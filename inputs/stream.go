package inputs

// Stream names one log: the ordered generations of one file name and its
// rotated siblings. A Stream is immutable once made and shared by everyone who
// handles the log; compare streams by pointer.
type Stream struct {
	// Input is the label of the input block that found the log.
	Input string
	// Name identifies the log within the input: by default the path without
	// its rotation suffix.
	Name string
	// Topic is where the log's records go, evaluated once from the input's
	// `topic`. Empty if the output has no topics.
	Topic string
	// Key is the key of every record, or nil for records without one.
	Key []byte
}

// Header is a name and a value that travel beside a record's bytes.
type Header struct {
	Key   string
	Value []byte
}

// Generation is one inode's life as a log file. It is immutable: a file that is
// renamed keeps the Generation it was first read as, and its Path with it.
type Generation struct {
	// ID is the same however often the agent is restarted and even when its
	// state is lost; with a record's offset it makes the record's id.
	ID uint64
	// Stream is the log this generation belongs to.
	Stream *Stream
	// Path is the name under which the generation was first read.
	Path string
	// Host is the name of the host that the file is on.
	Host string
	// Captures are the named groups of the input's `match`, in its order.
	Captures []Header
	// Headers are the input's configured headers, evaluated for this file.
	Headers []Header
	// File is what the generation's file is recognised by.
	File File
}

// File is what is stored with a generation's bytes, so that whoever reads them
// elsewhere knows the file again, and its place in its stream.
type File struct {
	Device, Inode uint64
	Birth         int64 // nanoseconds since 1970, 0 if unknown
	Truncations   uint32
	Order         uint64 // among the generations of its stream
}
