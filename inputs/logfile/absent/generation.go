package absent

import (
	"maps"
	"time"

	"shipper/inputs"
	"shipper/inputs/logfile/proofs"
	"shipper/inputs/logfile/vfs"
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

// Clone is a copy that shares nothing that may change.
func (g *Generation) Clone() Generation {
	c := *g
	c.Positions = maps.Clone(g.Positions)
	return c
}

// Known is what another file is held against that may hold its bytes.
func (g *Generation) Known() proofs.Known {
	k := proofs.Known{Size: g.Size, HeadLength: g.HeadLength, HeadHash: g.HeadHash}
	for _, p := range g.Positions {
		k.Positions = append(k.Positions, p)
	}
	return k
}

// ProvenBy tells whether the file holds what the generation is known by, and whether
// there is anything to know it by.
func (g *Generation) ProvenBy(f vfs.File) bool {
	p, err := proofs.Prove(f, &g.Saved)
	known := g.HeadLength > 0 || g.Birth != 0
	for _, p := range g.Positions {
		known = known || p.ProofLength > 0
	}
	return err == nil && p.Whole() && known
}

// Former is what is known of a stream by its absent generations.
type Former struct {
	Last  uint64         // highest order
	First uint64         // lowest order
	Begun map[int]uint64 // by route: highest order of a generation begun
}

// Elder is what has to be known of a generation that is forgotten and that no route
// has gone beyond: what is found later comes behind it, or is late.
type Elder struct {
	Order uint64
	Birth int64
	Until int64 // a file born later is newer
}
