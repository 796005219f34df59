package frame

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
)

const (
	// Version is that of the format; files of another one are not read.
	Version = 1
	// HeaderSize is how many bytes a header takes.
	HeaderSize = 40
	// Overhead is how many bytes of a frame precede its payload: length, CRC
	// and type.
	Overhead = 9
)

// How the two kinds of files begin.
const (
	Log      = "shpr-log"
	Snapshot = "shpr-snp"
)

// The types of frames. Those of a newer version are skipped; one with Keep set is
// copied into every snapshot, so that it outlives a downgrade.
const (
	Changes = 1 // records of changes
	Last    = 2 // ends a snapshot
	Keep    = 0x80
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

var (
	// ErrEnd is returned where no further frame was ever written.
	ErrEnd = errors.New("end of log")
	// ErrTorn is returned where the bytes are not a whole frame of this file.
	ErrTorn = errors.New("torn frame")
)

// Position is a place between two frames of a log.
type Position struct {
	Log    uint64
	Offset int64
}

// Header begins every log and snapshot.
type Header struct {
	Number uint64
	// Base ties files together. Of a log: the state that it goes on from is
	// the one at this position of an older log; zero if it goes on from no
	// other log. Of a snapshot: the log and the offset that go on from it.
	Base Position
}

// AppendHeader appends a header to b.
func AppendHeader(b []byte, magic string, h Header) []byte {
	start := len(b)
	b = append(b, magic...)
	b = binary.LittleEndian.AppendUint32(b, Version)
	b = binary.LittleEndian.AppendUint64(b, h.Number)
	b = binary.LittleEndian.AppendUint64(b, h.Base.Log)
	b = binary.LittleEndian.AppendUint64(b, uint64(h.Base.Offset))
	return binary.LittleEndian.AppendUint32(b, crc32.Checksum(b[start:], castagnoli))
}

// Seed is where the CRC of every frame starts: at the CRC of the file's
// header. So frames count only in the file, and under the number, that they
// were written for. The header's own CRC is not part of it: the CRC of bytes
// with their CRC behind them is the same for all bytes.
func Seed(headerBytes []byte) uint32 {
	return crc32.Checksum(headerBytes[:HeaderSize-4], castagnoli)
}

// ParseHeader reads the header at the front of b, which must be of the kind that
// magic names.
func ParseHeader(b []byte, magic string) (Header, error) {
	if len(b) < HeaderSize {
		return Header{}, errors.New("no whole header")
	}
	if string(b[:8]) != magic {
		return Header{}, errors.New("not a file of this kind")
	}
	if v := binary.LittleEndian.Uint32(b[8:]); v != Version {
		return Header{}, fmt.Errorf("format version %d, this shipper reads version %d", v, Version)
	}
	if binary.LittleEndian.Uint32(b[36:]) != crc32.Checksum(b[:36], castagnoli) {
		return Header{}, errors.New("header damaged")
	}
	h := Header{
		Number: binary.LittleEndian.Uint64(b[12:]),
		Base: Position{
			Log:    binary.LittleEndian.Uint64(b[20:]),
			Offset: int64(binary.LittleEndian.Uint64(b[28:])),
		},
	}
	if h.Base.Offset < 0 {
		return Header{}, errors.New("header damaged")
	}
	return h, nil
}

// Begin appends the head of a frame; the payload is appended next, and
// then Finish called with the slice from the frame's first byte.
func Begin(b []byte, typ byte) []byte {
	return append(b, 0, 0, 0, 0, 0, 0, 0, 0, typ)
}

// Finish fills in length and CRC of the frame that is the whole of b.
func Finish(b []byte, seed uint32) {
	binary.LittleEndian.PutUint32(b, uint32(len(b)-8))
	binary.LittleEndian.PutUint32(b[4:], frameCRC(b, seed))
}

func frameCRC(b []byte, seed uint32) uint32 {
	return crc32.Update(crc32.Update(seed, castagnoli, b[:4]), castagnoli, b[8:])
}

// Next takes one frame from the front of b. The slices it returns are
// parts of b. It returns ErrEnd where a log ends and ErrTorn where the bytes
// are something else than a frame.
func Next(b []byte, seed uint32) (typ byte, payload, rest []byte, err error) {
	if len(b) == 0 {
		return 0, nil, b, ErrEnd
	}
	if len(b) < 4 {
		for _, c := range b {
			if c != 0 {
				return 0, nil, b, ErrTorn
			}
		}
		return 0, nil, b, ErrEnd
	}
	length := int64(binary.LittleEndian.Uint32(b))
	if length == 0 {
		return 0, nil, b, ErrEnd
	}
	if length > int64(len(b))-8 {
		return 0, nil, b, ErrTorn
	}
	frame := b[:8+length]
	if binary.LittleEndian.Uint32(b[4:]) != frameCRC(frame, seed) {
		return 0, nil, b, ErrTorn
	}
	return frame[8], frame[Overhead:], b[8+length:], nil
}
