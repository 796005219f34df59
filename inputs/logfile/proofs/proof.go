package proofs

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"strconv"
	"sync"

	"shipper/inputs/logfile/split"
	"shipper/inputs/logfile/tally"
	"shipper/inputs/logfile/vfs"
)

// How much is looked at.
const (
	HeadMax      = 1 << 10 // bytes of a file's head that are hashed
	Max          = 64      // bytes before a position that are hashed
	firstLineMax = 256     // bytes of the first line that go into the id
)

// Position is an offset with the proof that a file holds the same bytes before
// it: a hash of the at most 64 bytes that end there.
type Position struct {
	Offset      int64
	ProofLength uint8
	ProofHash   uint64
	Tally       tally.Tally // what was counted of the bytes before Offset
}

// Hash is the first 8 bytes of SHA-256.
func Hash(b []byte) uint64 {
	sum := sha256.Sum256(b)
	return binary.LittleEndian.Uint64(sum[:8])
}

// After is the position at offset, given the file's bytes that end there:
// at least Max of them, or all.
func After(offset int64, before []byte) Position {
	n := int(min(offset, Max, int64(len(before))))
	return Position{Offset: offset, ProofLength: uint8(n), ProofHash: Hash(before[len(before)-n:])}
}

// GenerationID is the id that a generation keeps. It is computed the same when
// all state is lost, as long as agent id, inode, birth time and first line are
// the same and this process sees the same truncations. It is never 0.
func GenerationID(agent string, inode uint64, birth int64, truncations uint32, head []byte) uint64 {
	if i := bytes.IndexByte(head, '\n'); i >= 0 {
		head = head[:i+1]
	}
	head = head[:min(len(head), firstLineMax)]
	b := make([]byte, 0, len(agent)+len(head)+64)
	for _, part := range [][]byte{
		[]byte(agent), strconv.AppendUint(nil, inode, 10), strconv.AppendInt(nil, birth, 10),
		strconv.AppendUint(nil, uint64(truncations), 10), head,
	} {
		// The length before each part keeps different parts from giving the
		// same sum.
		b = binary.AppendUvarint(b, uint64(len(part)))
		b = append(b, part...)
	}
	return max(Hash(b), 1)
}

var heads = sync.Pool{New: func() any { return new([HeadMax]byte) }}

// ReadHead passes the first n bytes of a file, or fewer if there are no more.
func ReadHead(f vfs.File, n int, use func([]byte)) error {
	b := heads.Get().(*[HeadMax]byte)
	defer heads.Put(b)
	got, err := f.Pread(b[:min(n, HeadMax)], 0)
	if err != nil {
		return err
	}
	use(b[:got])
	return nil
}

// HeadMatches tells whether the file begins with the bytes that the hash covers.
func HeadMatches(f vfs.File, length uint32, want uint64) (ok bool, err error) {
	if length == 0 {
		return true, nil
	}
	err = ReadHead(f, int(length), func(b []byte) { ok = len(b) == int(length) && Hash(b) == want })
	return ok, err
}

// In tells whether the file holds the bytes of the proof.
func (p Position) In(f vfs.File) (ok bool, err error) {
	if p.Offset == 0 {
		return true, nil
	}
	var b [Max]byte
	n := int(min(p.ProofLength, Max))
	got, err := f.Pread(b[:n], p.Offset-int64(n))
	return err == nil && got == n && Hash(b[:n]) == p.ProofHash, err
}

// LastLine is the position after the last newline of a file, with nothing counted.
func LastLine(f vfs.File) (Position, error) {
	info, err := f.Stat()
	if err != nil {
		return Position{}, err
	}
	rest, err := split.LineBefore(f, info.Size, info.Size)
	end := info.Size - rest
	if err != nil || end == 0 {
		return Position{}, err
	}
	before := make([]byte, min(end, Max))
	n, err := f.Pread(before, end-int64(len(before)))
	if err != nil || n < len(before) { // it is cut off at this moment
		return Position{}, err
	}
	return After(end, before), nil
}
