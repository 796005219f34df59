package logfile

import (
	"context"
	"errors"
	"log/slog"

	"shipper/inputs"
)

// Env is what an Input needs of the process around it.
type Env struct {
	Log     *slog.Logger
	AgentID string // part of every generation id
	Host    string
	// Routes is how many routes read this input; they are numbered from 0.
	Routes int
	// Saved is what earlier processes left, of any input.
	Saved []Saved
	// Descriptors is the process's budget of open files, shared by all inputs.
	Descriptors *Descriptors
	// Wake is called when a cursor may have bytes to read. It must not block
	// and may be called from any goroutine, also for a cursor that is being
	// read at that moment.
	Wake func(*Cursor)
	// Forget is told which generations are gone for good.
	Forget func(ids []uint64)
}

// Input discovers, identifies and reads the files of one input block.
type Input struct{}

// New makes an Input; it touches no file until Run.
func New(cfg Config, env Env) (*Input, error) { return nil, errors.New("not built yet") }

// Run looks for files until ctx ends. It keeps no goroutine for a file.
func (in *Input) Run(ctx context.Context) error { return nil }

// Files lists every known file.
func (in *Input) Files() []FileStatus { return nil }

// Close closes all descriptors. Run must have returned and no cursor be in use.
func (in *Input) Close() error { return nil }

// Cursor is one route's place in one stream. Its methods are for one goroutine
// at a time: whoever has leased the stream's shard.
type Cursor struct{}

// Stream is the stream that the cursor walks through.
func (c *Cursor) Stream() *inputs.Stream { return nil }

// Route is the number of the route that the cursor belongs to.
func (c *Cursor) Route() int { return 0 }

// Read appends to buf at most limit bytes of whole records that come next in
// the stream, and returns them. A first record longer than limit is returned
// alone if it fits in buf. An empty segment (Start == End) means that there is
// nothing to read now, or, with more set, that buf had no room. more tells that
// further bytes are known to wait behind the segment. An error concerns this
// stream only; the Input wakes the cursor again when it is worth another try.
func (c *Cursor) Read(buf *inputs.Buffer, limit int) (seg inputs.Segment, more bool, err error) {
	return inputs.Segment{}, false, nil
}

// Repeat reads exactly the bytes [start, end) of a generation again and cuts
// them as Read did. It returns an error if they can't be read; whether they are
// the same bytes is for the caller's checksum to tell.
func (c *Cursor) Repeat(buf *inputs.Buffer, gen *inputs.Generation, start, end int64) (inputs.Segment, error) {
	return inputs.Segment{}, nil
}

// Commit records that the segment, the last one that Read or Repeat returned,
// was acknowledged, and returns what is to be made durable before the stream is
// read again.
func (c *Cursor) Commit(seg *inputs.Segment) Progress { return Progress{} }

// Descriptors is a budget of open files.
type Descriptors struct{}

// NewDescriptors makes a budget of limit open files.
func NewDescriptors(limit int) *Descriptors { return &Descriptors{} }
