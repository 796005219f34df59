package verify

import (
	"fmt"

	"shipper/outputs"
)

// IDs are the records that an output holds of some generations.
type IDs struct {
	JSON bool // values are the objects of package envelope
	seen map[uint64]*Ranges
}

// NewIDs takes notice of generations by their ids as 16 hexadecimal digits.
func NewIDs(wanted map[string]bool) *IDs {
	s := &IDs{seen: map[uint64]*Ranges{}}
	for text := range wanted {
		var id uint64
		if _, err := fmt.Sscanf(text, "%x", &id); err == nil {
			s.seen[id] = &Ranges{}
		}
	}
	return s
}

// Add takes in the next record that the output holds.
func (s *IDs) Add(k *outputs.Kept) error {
	rs := s.seen[k.Generation]
	if rs == nil || !k.HasID {
		return nil
	}
	if end, err := endOf(k, s.JSON); err == nil { // else it does not show that the line is there
		return rs.addNew(k.Offset, end)
	}
	return nil
}

// Has tells whether a record is there.
func (s *IDs) Has(generation uint64, offset int64) bool {
	rs := s.seen[generation]
	return rs != nil && rs.has(offset)
}
