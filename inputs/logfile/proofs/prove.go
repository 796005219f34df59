package proofs

import "shipper/inputs/logfile/vfs"

// Proof is whether a file holds the bytes that a generation is known by.
type Proof struct {
	Head      bool
	Positions map[int]bool // by route number
}

// Prove asks a file for the head of a generation and for what is before its positions.
func Prove(f vfs.File, s *Saved) (Proof, error) {
	p := Proof{Positions: map[int]bool{}}
	var err error
	if p.Head, err = HeadMatches(f, s.HeadLength, s.HeadHash); err != nil {
		return p, err
	}
	for r, position := range s.Positions {
		if p.Positions[r], err = position.In(f); err != nil {
			return p, err
		}
	}
	return p, nil
}

// Whole tells whether the file holds all of them.
func (p *Proof) Whole() bool {
	for _, holds := range p.Positions {
		if !holds {
			return false
		}
	}
	return p.Head
}
