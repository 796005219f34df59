package absent

import (
	"testing"

	"shipper/inputs/logfile/proofs"
	"shipper/inputs/logfile/vfs"
)

func generation(id, device, inode uint64, birth int64, truncations uint32) *Generation {
	return &Generation{Saved: proofs.Saved{Identity: proofs.Identity{
		ID: id, Stream: "app", Device: device, Inode: inode, Birth: birth, Truncations: truncations, Order: 10 * id,
	}}}
}

// TestCandidates: a file may be what was in its inode and is as old, on its own device
// rather than on another, the last rather than what a truncation ended.
func TestCandidates(t *testing.T) {
	s := NewStore()
	ended := generation(4, 1, 7, 100, 5)
	ended.Ended = true
	for _, g := range []*Generation{
		generation(1, 2, 7, 100, 9), generation(2, 1, 7, 100, 0), generation(3, 1, 7, 100, 1), ended,
		generation(5, 1, 7, 99, 20), generation(6, 1, 8, 100, 20),
	} {
		s.Add(g)
	}
	list, truncations := s.Candidates(&vfs.Info{Device: 1, Inode: 7, Birth: 100})
	var ids []uint64
	for _, g := range list {
		ids = append(ids, g.ID)
	}
	if len(ids) != 3 || ids[0] != 3 || ids[1] != 2 || ids[2] != 1 || truncations != 10 {
		t.Errorf("candidates %d, %d truncations", ids, truncations)
	}
}

// TestSameID: of two generations with one id the later is kept, and the inode of the
// earlier knows nothing of it.
func TestSameID(t *testing.T) {
	s := NewStore()
	old, now := generation(1, 1, 7, 100, 0), generation(1, 1, 8, 100, 0)
	s.Add(old)
	s.Add(now)
	s.Remove(old)
	if s.Len() != 1 || s.ByID(1) != now || s.Has(old) || len(s.OfInode(7)) != 0 || len(s.OfInode(8)) != 1 {
		t.Errorf("%d are kept, %v", s.Len(), s.ByID(1))
	}
}

// TestFormer: of a stream of which nothing else is known the absent generations tell how
// far it was, for as long as there is one.
func TestFormer(t *testing.T) {
	s := NewStore()
	for id := uint64(2); id < 5; id++ {
		g := generation(id, 1, id, 100, 0)
		g.Positions = map[int]proofs.Position{0: {Offset: 1}, 1: {Offset: int64(4 - id)}}
		s.Add(g)
		s.Remember(g)
	}
	s.Remember(&Generation{Saved: proofs.Saved{Identity: proofs.Identity{Stream: "gone", Order: 1}}})
	if names := s.Streams(); len(names) != 1 || !names["app"] || s.TakeFormer("gone") != nil {
		t.Errorf("streams %v", names)
	}
	f := s.TakeFormer("app")
	if f == nil || f.First != 20 || f.Last != 40 || f.Begun[0] != 40 || f.Begun[1] != 30 {
		t.Errorf("former %+v", f)
	}
	if s.TakeFormer("app") != nil {
		t.Error("what the stream knows itself is known twice")
	}
}
