package provenance

import (
	"fmt"
	"slices"

	"shipper/inputs/logfile/packed"
	"shipper/inputs/logfile/proofs"
	"shipper/inputs/logfile/vfs"
)

// File is one whose generation is asked for. It stays the caller's.
type File struct {
	Raw     vfs.File
	Content vfs.File // of Raw: decompressed, or Raw itself
	Format  packed.Format
	Info    vfs.Info // of Raw
	Rotated bool     // its name is not that of a live file
	Stream  string   // that its name tells
}

// Found is the generation that a file holds.
type Found struct {
	// Identity is what it was known by, if it is Known, else its ID and Truncations.
	Identity proofs.Identity
	Known    bool  // by an earlier process
	Size     int64 // of the content
}

// Of finds the one generation of saved whose bytes the file holds, else tells which one a
// first reading by that agent would give it: of another id than those. A compressed file
// is decoded for that, once.
func (f *File) Of(saved []proofs.Saved, agent string) (Found, error) {
	derived := f.Format != packed.None || f.Rotated
	truncations := uint32(0)
	var mine, others []*proofs.Saved
	for i := range saved {
		s := &saved[i]
		switch {
		case f.Format == packed.None && s.Inode == f.Info.Inode && (s.Birth == f.Info.Birth || s.Birth == 0 || f.Info.Birth == 0):
			truncations = max(truncations, s.Truncations+1)
			mine = append(mine, s)
		case derived && s.HeadLength > 0 && s.Stream == f.Stream:
			others = append(others, s)
		}
	}
	// Of what was in this inode, the last that it still holds.
	slices.SortFunc(mine, func(a, b *proofs.Saved) int { return int(b.Truncations) - int(a.Truncations) })
	for _, s := range mine {
		p, err := proofs.Prove(f.Content, s)
		if err != nil {
			return Found{}, err
		}
		if p.Whole() {
			return Found{s.Identity, true, f.Info.Size}, nil
		}
	}
	alike, size, err := f.alike(others)
	if err != nil {
		return Found{}, err
	}
	switch len(alike) {
	case 0:
		id, err := f.first(truncations, saved, agent)
		return Found{id, false, size}, err
	case 1:
		return Found{alike[0].Identity, true, size}, nil
	}
	return Found{}, fmt.Errorf("it may be any of %d generations that begin alike: %016x, %016x", len(alike), alike[0].ID, alike[1].ID)
}

// alike finds the generations whose bytes the file holds, and the size of its content.
func (f *File) alike(list []*proofs.Saved) (found []*proofs.Saved, size int64, err error) {
	known := make([]proofs.Known, len(list))
	for i, s := range list {
		known[i] = proofs.Known{HeadLength: s.HeadLength, HeadHash: s.HeadHash}
		for _, p := range s.Positions {
			known[i].Positions = append(known[i].Positions, p)
			known[i].Size = max(known[i].Size, p.Offset)
		}
	}
	ex := proofs.Excerpts{}
	if size = f.Info.Size; f.Format == packed.None {
		ex, err = proofs.ReadExcerpts(f.Content, proofs.Marks(known))
	} else {
		size, err = packed.Examine(f.Raw, f.Format, proofs.Marks(known), proofs.HeadMax,
			func(mark int64, b []byte) { ex[mark] = slices.Clone(b) }, func() error { return nil })
	}
	if err != nil {
		return nil, 0, err
	}
	for i := range known {
		if known[i].Compare(size, ex) == proofs.Alike {
			found = append(found, list[i])
		}
	}
	return found, size, nil
}

// first is the identity that a first reading would give the file, whose inode has seen so
// many truncations.
func (f *File) first(truncations uint32, taken []proofs.Saved, agent string) (id proofs.Identity, err error) {
	id.Truncations = truncations
	err = proofs.ReadHead(f.Content, proofs.HeadMax, func(b []byte) {
		for ; ; id.Truncations++ {
			id.ID = proofs.GenerationID(agent, f.Info.Inode, f.Info.Birth, id.Truncations, b)
			if !slices.ContainsFunc(taken, func(s proofs.Saved) bool { return s.ID == id.ID }) {
				return
			}
		}
	})
	return id, err
}
