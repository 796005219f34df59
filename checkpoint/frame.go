package checkpoint

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
)

const (
	formatVersion = 1
	headerSize    = 40
	frameOverhead = 9 // length, CRC and type
	logMagic      = "shpr-log"
	snapshotMagic = "shpr-snp"
)

// The types of frames. Those of a newer version are skipped; one with
// frameKeep set is copied into every snapshot, so that it outlives a downgrade.
const (
	frameChanges = 1
	frameEnd     = 2
	frameKeep    = 0x80
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

var (
	// errEnd: returned where no further frame was ever written.
	errEnd = errors.New("end of log")
	// errTorn: returned where the bytes are not a whole frame of this file.
	errTorn = errors.New("torn frame")
)

// position is a place between two frames of a log.
type position struct {
	log    uint64
	offset int64
}

// header begins every log and snapshot.
type header struct {
	number uint64
	// base ties files together. Of a log: the state that it goes on from is
	// the one at this position of an older log; zero if it goes on from no
	// other log. Of a snapshot: the log and the offset that go on from it.
	base position
}

func appendHeader(b []byte, magic string, h header) []byte {
	start := len(b)
	b = append(b, magic...)
	b = appendUint32(b, formatVersion)
	b = appendUint64(b, h.number)
	b = appendUint64(b, h.base.log)
	b = appendUint64(b, uint64(h.base.offset))
	return appendUint32(b, crc32.Checksum(b[start:], castagnoli))
}

// seedOf is where the CRC of every frame starts: at the CRC of the file's
// header. So frames count only in the file, and under the number, that they
// were written for. The header's own CRC is not part of it: the CRC of bytes
// with their CRC behind them is the same for all bytes.
func seedOf(headerBytes []byte) uint32 {
	return crc32.Checksum(headerBytes[:headerSize-4], castagnoli)
}

func parseHeader(b []byte, magic string) (header, error) {
	if len(b) < headerSize {
		return header{}, errors.New("no whole header")
	}
	if string(b[:8]) != magic {
		return header{}, errors.New("not a file of this kind")
	}
	if v := binary.LittleEndian.Uint32(b[8:]); v != formatVersion {
		return header{}, fmt.Errorf("format version %d, this shipper reads version %d", v, formatVersion)
	}
	if binary.LittleEndian.Uint32(b[36:]) != crc32.Checksum(b[:36], castagnoli) {
		return header{}, errors.New("header damaged")
	}
	h := header{
		number: binary.LittleEndian.Uint64(b[12:]),
		base: position{
			log:    binary.LittleEndian.Uint64(b[20:]),
			offset: int64(binary.LittleEndian.Uint64(b[28:])),
		},
	}
	if h.base.offset < 0 {
		return header{}, errors.New("header damaged")
	}
	return h, nil
}

// beginFrame appends the head of a frame; the payload is appended next, and
// then endFrame called with the slice from the frame's first byte.
func beginFrame(b []byte, typ byte) []byte {
	return append(b, 0, 0, 0, 0, 0, 0, 0, 0, typ)
}

// endFrame fills in length and CRC of the frame that is the whole of b.
func endFrame(b []byte, seed uint32) {
	binary.LittleEndian.PutUint32(b, uint32(len(b)-8))
	binary.LittleEndian.PutUint32(b[4:], frameCRC(b, seed))
}

func frameCRC(b []byte, seed uint32) uint32 {
	return crc32.Update(crc32.Update(seed, castagnoli, b[:4]), castagnoli, b[8:])
}

// nextFrame takes one frame from the front of b. The slices it returns are
// parts of b. It returns errEnd where a log ends and errTorn where the bytes
// are something else than a frame.
func nextFrame(b []byte, seed uint32) (typ byte, payload, rest []byte, err error) {
	if len(b) == 0 {
		return 0, nil, b, errEnd
	}
	if len(b) < 4 {
		for _, c := range b {
			if c != 0 {
				return 0, nil, b, errTorn
			}
		}
		return 0, nil, b, errEnd
	}
	length := int64(binary.LittleEndian.Uint32(b))
	if length == 0 {
		return 0, nil, b, errEnd
	}
	if length > int64(len(b))-8 {
		return 0, nil, b, errTorn
	}
	frame := b[:8+length]
	if binary.LittleEndian.Uint32(b[4:]) != frameCRC(frame, seed) {
		return 0, nil, b, errTorn
	}
	return frame[8], frame[frameOverhead:], b[8+length:], nil
}
