package recordbatch

import (
	"encoding/binary"
	"math"

	"shipper/inputs"
)

// template is what the records of one segment share, encoded. A record is
//
//	length, attributes, timestamp delta, offset delta, key, value length, value, header count, headers
//
// where length counts the bytes after it.
type template struct {
	key     []byte // length and key, or the length -1 of a record without one
	headers []byte // all headers that every record of the segment has
	count   int    // of those headers
	// tail is what follows the value of a whole line: the header count and
	// the headers.
	tail []byte
	// id says that the header id is the first of headers.
	id bool
}

// idAt is where the offset in the header id begins, from the start of the
// headers: after the length and name of the key, the length of the value and
// the generation.
const idAt = 1 + len(HeaderID) + 1 + 8

// idBytes is the length of the value of the header id.
const idBytes = 16

// build makes the template of s. It uses the memory of the template before it.
func (t *template) build(s *inputs.Segment, recordID bool) error {
	stream, gen := s.Gen.Stream, s.Gen
	size := len(stream.Key)
	for i := range gen.Headers {
		size += len(gen.Headers[i].Key) + len(gen.Headers[i].Value)
	}
	if size > math.MaxInt32/2 {
		return ErrTooLarge
	}

	t.key = t.key[:0]
	if stream.Key == nil {
		t.key = appendVarint(t.key, -1)
	} else {
		t.key = appendVarint(t.key, int64(len(stream.Key)))
		t.key = append(t.key, stream.Key...)
	}

	t.headers, t.count, t.id = t.headers[:0], 0, recordID
	if recordID {
		var id [idBytes]byte
		binary.BigEndian.PutUint64(id[:], gen.ID)
		t.add(HeaderID, id[:])
	}
	for i := range gen.Headers {
		t.add(gen.Headers[i].Key, gen.Headers[i].Value)
	}
	if s.Late {
		t.add(HeaderLate, one)
	}
	t.tail = appendVarint(t.tail[:0], int64(t.count))
	t.tail = append(t.tail, t.headers...)
	return nil
}

var one = []byte("1")

func (t *template) add(key string, value []byte) {
	t.headers = appendHeader(t.headers, key, value)
	t.count++
}

func appendHeader(dst []byte, key string, value []byte) []byte {
	dst = appendVarint(dst, int64(len(key)))
	dst = append(dst, key...)
	dst = appendVarint(dst, int64(len(value)))
	return append(dst, value...)
}
