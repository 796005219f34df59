package object

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"strconv"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"shipper/inputs"
)

// Decode brings back what Encode was given: metadata, and a segment whose memory
// is its own. It fails with ErrForeign, ErrNewer or ErrDamaged; the bytes are
// compared with their checksum.
func Decode(values map[string]string, body []byte) (*Meta, *inputs.Segment, error) {
	if format, err := strconv.Atoi(values["shipper"]); err != nil || format != version {
		_, err := ParseMeta(values) // says what it is
		return nil, nil, err
	}
	body, notes, err := split(values["notes"], body)
	if err != nil {
		return nil, nil, err
	}
	if noted := notes[noteMeta]; noted != nil {
		values = maps.Clone(values)
		for line := range strings.Lines(string(noted)) {
			name, v, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
			values[name] = v
		}
	}
	m, err := ParseMeta(values)
	if err != nil {
		return nil, nil, err
	}
	data, err := decompress(body, m.Codec, int(m.End-m.Start))
	switch {
	case err != nil:
		return nil, nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	case int64(len(data)) != m.End-m.Start:
		return nil, nil, fmt.Errorf("%w: it holds %d bytes of %d", ErrDamaged, len(data), m.End-m.Start)
	case sha256.Sum256(data) != m.SHA256:
		return nil, nil, fmt.Errorf("%w: the bytes are not those of its checksum", ErrDamaged)
	}
	seg := &inputs.Segment{Gen: &m.Generation, Start: m.Start, End: m.End, Data: data, Time: m.Stamp, Late: m.Late}
	if t := notes[noteTable]; t != nil {
		err = readTable(t, m.Records, seg)
	} else {
		err = cutLines(seg, m.Records)
	}
	if err != nil {
		return nil, nil, err
	}
	return m, seg, nil
}

// cutLines gives the segment its lines.
func cutLines(s *inputs.Segment, records int) error {
	s.Ends = make([]uint32, 0, min(records, len(s.Data)))
	for at := 0; at < len(s.Data); {
		i := bytes.IndexByte(s.Data[at:], '\n')
		if i < 0 {
			return fmt.Errorf("%w: its last line has no end", ErrDamaged)
		}
		at += i + 1
		s.Ends = append(s.Ends, uint32(at))
	}
	if len(s.Ends) != records {
		return fmt.Errorf("%w: it holds %d lines of %d", ErrDamaged, len(s.Ends), records)
	}
	return nil
}

// split takes the notes off the end of a body.
func split(length string, body []byte) ([]byte, map[byte][]byte, error) {
	if length == "" {
		return body, nil, nil
	}
	n, err := strconv.Atoi(length)
	if err != nil || n < 0 || n > len(body) {
		return nil, nil, fmt.Errorf("%w: its notes are cut off", ErrDamaged)
	}
	notes := map[byte][]byte{}
	body, rest := body[:len(body)-n], body[len(body)-n:]
	for len(rest) > 0 {
		if len(rest) < noteHeader || binary.LittleEndian.Uint32(rest) != skippable || string(rest[8:8+len(noteMagic)]) != noteMagic {
			return nil, nil, fmt.Errorf("%w: its notes are not notes", ErrDamaged)
		}
		end := 8 + int64(binary.LittleEndian.Uint32(rest[4:]))
		if end < int64(noteHeader) || end > int64(len(rest)) {
			return nil, nil, fmt.Errorf("%w: its notes are cut off", ErrDamaged)
		}
		text, err := decompress(rest[noteHeader:end], Zstd, MaxRaw)
		if err != nil {
			return nil, nil, fmt.Errorf("%w: its notes: %w", ErrDamaged, err)
		}
		if text == nil {
			text = []byte{}
		}
		notes[rest[noteHeader-1]] = text
		rest = rest[end:]
	}
	return body, notes, nil
}

var errTooLarge = errors.New("it holds more bytes than it says")

// decompress returns at most size bytes, in memory of its own.
func decompress(body []byte, c Codec, size int) ([]byte, error) {
	switch c {
	case None:
		return bytes.Clone(body), nil
	case Gzip:
		r, err := gzip.NewReader(bytes.NewReader(body))
		if err != nil {
			return nil, err
		}
		data, err := io.ReadAll(io.LimitReader(r, int64(size)+1))
		if err == nil && len(data) > size {
			err = errTooLarge
		}
		return data, err
	case Zstd:
	}
	// The limit counts for each decoder, so it is made for the object.
	d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
		zstd.WithDecoderMaxMemory(uint64(max(size, 1<<10))), zstd.WithDecoderMaxWindow(8<<20))
	if err != nil {
		return nil, err
	}
	defer d.Close()
	data, err := d.DecodeAll(body, nil)
	if err == nil && len(data) > size {
		err = errTooLarge
	}
	return data, err
}
