package logfile

import (
	"shipper/inputs/logfile/descriptors"
	"shipper/inputs/logfile/held"
	"shipper/inputs/logfile/proofs"
	"shipper/inputs/logfile/settings"
	"shipper/inputs/logfile/shown"
	"shipper/inputs/logfile/trouble"
)

// Config describes one input block. New fills in the defaults of zero values.
type Config = settings.Config

// HeaderFunc is a header whose value is evaluated for each file.
type HeaderFunc = settings.HeaderFunc

// Vars is what expressions about a file may use.
type Vars = settings.Vars

// What is persisted of a generation.
type (
	// Identity is what a generation is recognised by across restarts.
	Identity = proofs.Identity
	// Position is an offset with its proof, and what was counted before it.
	Position = proofs.Position
	// Saved is what an earlier process left about a generation.
	Saved = proofs.Saved
)

// Progress is what the agent persists after a commit. Identity is non-nil when
// it is new or has changed since the last Progress for any route.
type Progress struct {
	Generation uint64
	Identity   *Identity
	Position   Position
}

// Descriptors is the process's budget of open files, shared by all inputs.
type Descriptors = descriptors.Budget

// NewDescriptors makes a budget of limit open files.
func NewDescriptors(limit int) *Descriptors { return descriptors.New(limit) }

// Problem is something that keeps a path from being read.
type Problem = trouble.Problem

// Files, routes and counts as they are told to those who look.
type (
	// FileStatus describes one known file.
	FileStatus = shown.File
	// RouteStatus is one route's position in a file.
	RouteStatus = shown.Route
	// Counters count since New.
	Counters = shown.Counters
	// Match is a file that an input would ship.
	Match = shown.Match
	// Left is a file that keeps an input from being drained.
	Left = shown.Left
	// Tracked is one file of a stream as a forecast of losses needs it.
	Tracked = shown.Tracked
	// Held is what is held of deleted files that are not read to their end.
	Held = held.Held
)
