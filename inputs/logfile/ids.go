package logfile

import (
	"errors"
	"slices"

	"shipper/inputs/logfile/proofs"
	"shipper/inputs/logfile/window"
)

// Knows tells which of the generations, by their ids, this input still follows
// or remembers as its own. Inputs that match the same file share the file's
// generations, so the agent asks all of them before one is forgotten for good.
// It may be called from any goroutine.
func (in *Input) Knows(ids []uint64) map[uint64]bool {
	asked := make(map[uint64]bool, len(ids))
	for _, id := range ids {
		asked[id] = true
	}
	known := map[uint64]bool{}
	in.mu.Lock()
	defer in.mu.Unlock()
	for _, f := range in.files {
		if f.id != 0 && asked[f.id] {
			known[f.id] = true
		}
	}
	for _, id := range ids {
		if a := in.absent.ByID(id); a != nil && a.Ours {
			known[id] = true
		}
	}
	return known
}

// Unrepeatable tells whether an error of Cursor.Repeat says that the bytes are
// gone or are others now. Any other error may pass.
func Unrepeatable(err error) bool {
	return errors.Is(err, window.ErrGone) || errors.Is(err, errNotTheSame) || errors.Is(err, errTruncated) ||
		errors.Is(err, window.ErrChanged) || errors.Is(err, window.ErrUnlike)
}

// freshID returns the id of f's new generation, and the number of truncations it
// was made with. That is more than were seen if another generation has the id: one
// that began with the same line in the same inode, and lives on in a copy.
func (in *Input) freshID(f *file, truncations uint32, head []byte) (uint64, uint32) {
	in.mu.Lock()
	defer in.mu.Unlock()
	for ; ; truncations++ {
		id := proofs.GenerationID(in.env.AgentID, f.key.inode, f.birth, truncations, head)
		others := func(g *file) bool { return g != f && g.id == id }
		if in.absent.ByID(id) == nil && !slices.ContainsFunc(f.stream.All(), others) {
			return id, truncations
		}
	}
}
