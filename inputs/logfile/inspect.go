package logfile

import (
	"shipper/inputs/logfile/proofs"
	"shipper/inputs/logfile/split"
	"shipper/inputs/logfile/vfs"
)

// Proof is whether a file holds the bytes that a generation is known by.
type Proof struct {
	Head      bool
	Positions map[int]bool // as Saved.Positions
}

// Prove asks a file for the proofs of a generation.
func Prove(f vfs.File, s *Saved) (Proof, error) {
	p := Proof{Positions: map[int]bool{}}
	var err error
	if p.Head, err = proofs.HeadMatches(f, s.HeadLength, s.HeadHash); err != nil {
		return p, err
	}
	for r, position := range s.Positions {
		if p.Positions[r], err = position.In(f); err != nil {
			return p, err
		}
	}
	return p, nil
}

// Cutting is how an input with this configuration cuts bytes into records.
func Cutting(cfg Config) (split.Config, error) {
	if err := cfg.Fill(); err != nil {
		return split.Config{}, err
	}
	return cfg.Cutting(), nil
}
