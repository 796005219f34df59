package object

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path"
	"strconv"
	"strings"

	"shipper/inputs"
)

// Name is what the last part of a key says of its object.
type Name struct {
	Generation uint64
	Start, End int64
	Hash       [8]byte // the first bytes of the SHA-256 of the bytes
}

// NameOf is what a segment's object is called.
func NameOf(seg *inputs.Segment) Name {
	n := Name{Generation: seg.Gen.ID, Start: seg.Start, End: seg.End}
	sum := sha256.Sum256(seg.Data)
	copy(n.Hash[:], sum[:])
	return n
}

// Returned follows the key of an object whose bytes have arrived where they
// belonged.
const Returned = ".returned"

// digits is the length of an offset in a key.
const digits = 20

// Range is the last part of a key of the failover: start, end and hash.
func (n Name) Range() string {
	return fmt.Sprintf("%0*d-%0*d-%x", digits, n.Start, digits, n.End, n.Hash)
}

// Aside is the key of an object of the failover.
func (n Name) Aside(prefix, agent string) string {
	return Own(prefix, agent) + fmt.Sprintf("%016x/%s", n.Generation, n.Range())
}

// Own is what all keys of an agent's failover begin with.
func Own(prefix, agent string) string {
	own := Segment(agent) + "/"
	if prefix = strings.Trim(prefix, "/"); prefix != "" {
		own = prefix + "/" + own
	}
	return own
}

// Archive is the key of an object of an archive, below dir.
func (n Name) Archive(dir string, c Codec) string {
	return path.Join(dir, fmt.Sprintf("%016x-%s%s", n.Generation, n.Range(), c.Extension()))
}

// Segment makes one part of a key of any text.
func Segment(s string) string {
	s = strings.ReplaceAll(escape(s), "/", "%2F")
	if s == "" || strings.Trim(s, ".") == "" {
		return "_" + s
	}
	return s
}

// ParseKey reads a key, of failover or archive. returned says that it is the mark
// beside the object and not the object. ok is false for a key that is not ours.
func ParseKey(key string) (n Name, returned, ok bool) {
	key, returned = strings.CutSuffix(key, Returned)
	dir, last := path.Split(key)
	for _, c := range []Codec{Zstd, Gzip} {
		last = strings.TrimSuffix(last, c.Extension())
	}
	const ranged = 2*digits + 2 + 16
	generation := path.Base(dir)
	if len(last) == 16+1+ranged && last[16] == '-' {
		generation, last = last[:16], last[17:]
	}
	if len(last) != ranged || last[digits] != '-' || last[2*digits+1] != '-' || len(generation) != 16 {
		return Name{}, false, false
	}
	var errs [4]error
	n.Generation, errs[0] = strconv.ParseUint(generation, 16, 64)
	n.Start, errs[1] = strconv.ParseInt(last[:digits], 10, 64)
	n.End, errs[2] = strconv.ParseInt(last[digits+1:2*digits+1], 10, 64)
	_, errs[3] = hex.Decode(n.Hash[:], []byte(last[2*digits+2:]))
	for _, err := range errs {
		if err != nil {
			return Name{}, false, false
		}
	}
	return n, returned, n.Start >= 0 && n.End > n.Start
}

// Compare orders names as they are to be read: by generation, by start, the
// longest first.
func (n Name) Compare(o Name) int {
	return cmp.Or(
		cmp.Compare(n.Generation, o.Generation), cmp.Compare(n.Start, o.Start), cmp.Compare(o.End, n.End),
		bytes.Compare(n.Hash[:], o.Hash[:]),
	)
}
