package absent

import (
	"iter"
	"maps"
	"slices"

	"shipper/inputs/logfile/vfs"
)

// Store is the absent generations of an input.
type Store struct {
	byID    map[uint64]*Generation
	byInode map[uint64][]*Generation
	former  map[string]*Former
}

// NewStore makes an empty Store.
func NewStore() *Store {
	return &Store{byID: map[uint64]*Generation{}, byInode: map[uint64][]*Generation{}, former: map[string]*Former{}}
}

// Add keeps a generation, in place of one with the same id.
func (s *Store) Add(g *Generation) {
	if old := s.byID[g.ID]; old != nil {
		s.Remove(old)
	}
	s.byID[g.ID] = g
	s.byInode[g.Inode] = append(s.byInode[g.Inode], g)
}

// Remove drops a generation, if it is kept.
func (s *Store) Remove(g *Generation) {
	if !s.Has(g) {
		return
	}
	delete(s.byID, g.ID)
	list := slices.DeleteFunc(s.byInode[g.Inode], func(h *Generation) bool { return h == g })
	if len(list) == 0 {
		delete(s.byInode, g.Inode)
	} else {
		s.byInode[g.Inode] = list
	}
}

// Has tells whether this very generation is kept.
func (s *Store) Has(g *Generation) bool { return s.byID[g.ID] == g }

// ByID returns the generation with that id, or nil.
func (s *Store) ByID(id uint64) *Generation { return s.byID[id] }

// OfInode are the generations that were in an inode, of whatever device. The list is
// the Store's.
func (s *Store) OfInode(inode uint64) []*Generation { return s.byInode[inode] }

// All are all generations, in no order. They may be removed meanwhile.
func (s *Store) All() iter.Seq[*Generation] { return maps.Values(s.byID) }

// Len is how many there are.
func (s *Store) Len() int { return len(s.byID) }

// Candidates are the generations that a file just found may be, by inode and time of
// birth, the likeliest first, and how many truncations its inode has seen.
func (s *Store) Candidates(info *vfs.Info) (list []*Generation, truncations uint32) {
	for _, g := range s.byInode[info.Inode] {
		if g.Birth != info.Birth && g.Birth != 0 && info.Birth != 0 {
			continue // another file's life in the same inode
		}
		truncations = max(truncations, g.Truncations+1)
		if !g.Ended {
			list = append(list, g)
		}
	}
	slices.SortFunc(list, func(a, b *Generation) int {
		if (a.Device == info.Device) != (b.Device == info.Device) {
			if a.Device == info.Device {
				return -1
			}
			return 1
		}
		return int(b.Truncations) - int(a.Truncations)
	})
	return list, truncations
}

// Remember has the stream of a generation known as a Former, as long as nothing else is
// known of it.
func (s *Store) Remember(g *Generation) {
	f := s.former[g.Stream]
	if f == nil {
		f = &Former{Begun: map[int]uint64{}}
		s.former[g.Stream] = f
	}
	f.Last = max(f.Last, g.Order)
	if f.First == 0 || (g.Order != 0 && g.Order < f.First) {
		f.First = g.Order
	}
	for r, p := range g.Positions {
		if p.Offset > 0 {
			f.Begun[r] = max(f.Begun[r], g.Order)
		}
	}
}

// TakeFormer returns what is known of a stream, or nil, for the stream to know itself.
func (s *Store) TakeFormer(stream string) *Former {
	f := s.former[stream]
	delete(s.former, stream)
	return f
}

// Streams are the names of the streams that the generations are of. A Former of which
// none is left is dropped.
func (s *Store) Streams() map[string]bool {
	names := map[string]bool{}
	for _, g := range s.byID {
		names[g.Stream] = true
	}
	maps.DeleteFunc(s.former, func(name string, _ *Former) bool { return !names[name] })
	return names
}
