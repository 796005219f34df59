package queue

import (
	"time"

	"shipper/agent/poison"
	"shipper/agent/routes"
	"shipper/checkpoint"
	"shipper/inputs"
	"shipper/inputs/logfile"
)

// Feed is one stream of a route on its way to one shard. Its methods are for the lane
// that has it in hand.
type Feed struct {
	cursor *logfile.Cursor
	route  *routes.Route
	shard  *Shard // nil until the output can tell

	// Guarded by Queue.mu.
	queued   bool      // in shard.queue or Queue.parked
	inFlight bool      // in the hands of the lane that leased the shard
	woken    bool      // new bytes were noticed while inFlight
	hung     bool      // inFlight in the hands of a lane that has lost the shard, see Lose
	idle     time.Time // since when it has nothing to read
	rest     time.Time // until when it is passed over though it is queued

	// These belong to the lane that has it in hand.
	poison      *poison.Record
	choiceSaved bool   // the stream's shard is surely in the checkpoint
	tried       bool   // an attempt of the bytes behind the watermark was made
	ahead       *Ahead // nil for most
}

// Ahead is what a read brought that was overdue. Its segment lies in a buffer of
// its own, and is what the cursor will commit.
type Ahead struct {
	Seg  inputs.Segment
	More bool
}

// Cursor reads the stream.
func (f *Feed) Cursor() *logfile.Cursor { return f.cursor }

// Route is the one whose stream it is.
func (f *Feed) Route() *routes.Route { return f.route }

// Poison is the next record that the output will never take, nil if none is known.
func (f *Feed) Poison() *poison.Record { return f.poison }

// SetPoison notes it.
func (f *Feed) SetPoison(r *poison.Record) { f.poison = r }

// Try notes that an attempt is made of the bytes behind the watermark.
func (f *Feed) Try() { f.tried = true }

// Passed notes that the watermark has passed a segment.
func (f *Feed) Passed(seg *inputs.Segment) { f.poison, f.tried = f.poison.After(seg), false }

// HasAhead tells whether an overdue read has brought something.
func (f *Feed) HasAhead() bool { return f.ahead != nil }

// TakeAhead returns that, nil if there is nothing.
func (f *Feed) TakeAhead() *Ahead {
	a := f.ahead
	f.ahead = nil
	return a
}

// SaveChoice returns the choice of shard that is to be committed with the stream's
// next progress; false if it surely is in the checkpoint.
func (q *Queue) SaveChoice(f *Feed) (checkpoint.Choice, bool) {
	if f.choiceSaved {
		return checkpoint.Choice{}, false
	}
	f.choiceSaved = true
	return q.choiceOf(f.cursor.Stream()), true
}
