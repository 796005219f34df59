package logfile

import "errors"

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
		if a := in.absent.byID[id]; a != nil && a.ours {
			known[id] = true
		}
	}
	return known
}

// Unrepeatable tells whether an error of Cursor.Repeat says that the bytes are
// gone or are others now. Any other error may pass.
func Unrepeatable(err error) bool {
	return errors.Is(err, errGone) || errors.Is(err, errNotTheSame) || errors.Is(err, errTruncated)
}
