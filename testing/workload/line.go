package workload

import (
	"bytes"
	"encoding/hex"
	"errors"
	"hash/crc32"
	"strconv"
)

// Errors of ParseLine.
var (
	// ErrForeign is returned when the line was not written by a Writer.
	ErrForeign = errors.New("not a line of this workload")
	// ErrTorn is returned when the line began as a Writer's line, but its
	// bytes are not the ones that were written.
	ErrTorn = errors.New("torn line")
)

// Line is what a Writer stamps on a line. On disk it is
//
//	W1 SOURCE GENERATION SEQUENCE PAYLOAD CRC
//
// separated by single spaces, numbers in decimal, CRC being CRC32C of all bytes
// before the space that precedes it, as 8 hexadecimal digits. The payload may
// hold spaces; the source may not.
type Line struct {
	Source     []byte // aliases the parsed bytes
	Generation uint64 // rotations of the source before the line
	Sequence   uint64 // lines of the source before this one
}

const (
	magic     = "W1 "
	crcLength = 1 + 8 // a space and the digits
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// AppendLine appends the line without a newline to dst.
func AppendLine(dst []byte, l Line, payload []byte) []byte {
	start := len(dst)
	dst = append(dst, magic...)
	dst = append(dst, l.Source...)
	dst = append(dst, ' ')
	dst = strconv.AppendUint(dst, l.Generation, 10)
	dst = append(dst, ' ')
	dst = strconv.AppendUint(dst, l.Sequence, 10)
	dst = append(dst, ' ')
	dst = append(dst, payload...)
	return appendCRC(dst, crc32.Checksum(dst[start:], castagnoli))
}

func appendCRC(dst []byte, crc uint32) []byte {
	sum := [4]byte{byte(crc >> 24), byte(crc >> 16), byte(crc >> 8), byte(crc)}
	return hex.AppendEncode(append(dst, ' '), sum[:])
}

// ParseLine reads a line without its newline. It returns ErrForeign or ErrTorn
// if the line is not exactly what AppendLine made.
func ParseLine(line []byte) (Line, error) {
	if !bytes.HasPrefix(line, []byte(magic)) {
		return Line{}, ErrForeign
	}
	if len(line) < len(magic)+crcLength {
		return Line{}, ErrTorn
	}
	stamped, sum := line[:len(line)-crcLength], line[len(line)-crcLength:]
	var want [crcLength]byte
	if !bytes.Equal(sum, appendCRC(want[:0], crc32.Checksum(stamped, castagnoli))) {
		return Line{}, ErrTorn
	}
	source, rest, ok := bytes.Cut(stamped[len(magic):], []byte{' '})
	if !ok {
		return Line{}, ErrForeign
	}
	generation, rest, ok1 := cutNumber(rest)
	sequence, _, ok2 := cutNumber(rest)
	if !ok1 || !ok2 || len(source) == 0 {
		return Line{}, ErrForeign
	}
	return Line{Source: source, Generation: generation, Sequence: sequence}, nil
}

// cutNumber reads decimal digits and the space behind them.
func cutNumber(b []byte) (n uint64, rest []byte, ok bool) {
	i := 0
	for ; i < len(b) && b[i] >= '0' && b[i] <= '9'; i++ {
		n = n*10 + uint64(b[i]-'0')
	}
	if i == 0 || i > 19 || i == len(b) || b[i] != ' ' {
		return 0, nil, false
	}
	return n, b[i+1:], true
}
