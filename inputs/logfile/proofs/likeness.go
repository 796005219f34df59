package proofs

import (
	"errors"
	"slices"

	"shipper/inputs/logfile/vfs"
)

// Likeness is how a file compares with a generation.
type Likeness uint8

// The likenesses, Unlike where something speaks against it or too little for it.
const (
	Unlike   Likeness = iota
	TooShort          // as far as it goes nothing speaks against it
	Alike
)

// Enough is how many bytes must be the same for another inode to be taken
// for a generation, unless the whole content is the same.
const Enough = 256

// Known is what a generation is known by.
type Known struct {
	HeadLength uint32
	HeadHash   uint64
	Positions  []Position
	Size       int64
	Whole      bool // the size must be the same
}

// Excerpts are the at most HeadMax bytes before certain offsets of a file.
type Excerpts map[int64][]byte

// Marks lists the offsets that are to be shown to tell about these.
func Marks(list []Known) []int64 {
	var m []int64
	for i := range list {
		m = append(m, int64(list[i].HeadLength))
		for _, p := range list[i].Positions {
			m = append(m, p.Offset)
		}
	}
	slices.Sort(m)
	m = slices.Compact(m)
	if len(m) > 0 && m[0] == 0 {
		m = m[1:]
	}
	return m
}

// Compare tells whether a file of size bytes, of which ex are excerpts, holds
// what the generation is known by, and whether that is enough to go by.
func (k *Known) Compare(size int64, ex Excerpts) Likeness {
	if head := int64(k.HeadLength); head > 0 {
		if size < head {
			return TooShort
		}
		if b := ex[head]; int64(len(b)) != head || Hash(b) != k.HeadHash {
			return Unlike
		}
	}
	if k.Whole && size != k.Size {
		return Unlike
	}
	covered := int64(k.HeadLength)
	for _, p := range k.Positions {
		if p.Offset == 0 {
			continue
		}
		if size < p.Offset {
			return TooShort
		}
		b, n := ex[p.Offset], int(p.ProofLength)
		if len(b) < n || Hash(b[len(b)-n:]) != p.ProofHash {
			return Unlike
		}
		if p.Offset-int64(n) <= covered {
			covered = max(covered, p.Offset)
		}
	}
	switch {
	case k.HeadLength >= Enough:
		return Alike
	case k.HeadLength > 0 && covered == k.Size && size == k.Size:
		return Alike // the whole content
	case size < k.Size:
		return TooShort
	}
	return Unlike
}

// Sample is what of a file is compared with generations, or why it could not be read.
type Sample struct {
	Size     int64
	Excerpts Excerpts
	Err      error
}

var errOther = errors.New("another file has the name now")

// Take reads what generations are to be compared by from the file that has a name, if it
// is still the same.
func Take(fs vfs.FS, place vfs.Place, device, inode uint64, list []Known) Sample {
	f, err := fs.Open(place)
	if err != nil {
		return Sample{Err: err}
	}
	defer func() { _ = f.Close() }() // read only
	info, err := f.Stat()
	if err == nil && (info.Inode != inode || info.Device != device) {
		err = errOther
	}
	if err != nil {
		return Sample{Err: err}
	}
	ex, err := ReadExcerpts(f, Marks(list))
	return Sample{info.Size, ex, err}
}

// ReadExcerpts reads what stands before these offsets.
func ReadExcerpts(f vfs.File, marks []int64) (Excerpts, error) {
	ex := Excerpts{}
	for _, m := range marks {
		b := make([]byte, min(m, HeadMax))
		n, err := f.Pread(b, m-int64(len(b)))
		if err != nil {
			return nil, err
		}
		if n == len(b) {
			ex[m] = b
		}
	}
	return ex, nil
}
