package recordbatch

import (
	"encoding/binary"
	"math"
	"slices"

	"shipper/inputs"
)

// appendRecords appends the records of any segment in any format.
func (e *Encoder) appendRecords(dst []byte, s *inputs.Segment, segmentTime int64, h *header) ([]byte, error) {
	dst = slices.Grow(dst, len(s.Data)+s.Len()*(len(e.template.tail)+len(e.template.key)+2*maxVarint))
	if e.options.Format == JSON {
		e.envelope.For(s.Gen)
	}
	for i, n := 0, s.Len(); i < n; i++ {
		offset, value, piece := s.At(i)
		timestamp, r := segmentTime, inputs.Record{Piece: piece}
		if s.Records != nil {
			if r = s.Records[i]; r.Time != 0 {
				timestamp = r.Time
			}
		}
		if e.options.Format == JSON {
			e.value = e.envelope.Append(e.value[:0], value, timestamp)
			value = e.value
		}
		h.maxTime = max(h.maxTime, timestamp)
		dst = e.template.appendRecord(dst, timestamp-h.baseTime, h.records, offset, value, &r)
		h.records++
		if len(dst) > math.MaxInt32 {
			return nil, ErrTooLarge
		}
	}
	return dst, nil
}

// appendRecord appends one record.
func (t *template) appendRecord(dst []byte, timeDelta int64, offsetDelta int, offset int64, value []byte, r *inputs.Record) []byte {
	var extra [maxOwnHeaders]byte
	count, own := t.count, extra[:0]
	if r.Piece != inputs.WholeLine {
		count, own = count+1, appendPieceHeader(own, r.Piece)
	}
	if r.Source != inputs.NoSource {
		count, own = count+1, appendOwnHeader(own, HeaderStream, r.Source.HeaderValue())
	}
	if r.Cut {
		count, own = count+1, appendOwnHeader(own, HeaderCut, "timeout")
	}
	var middle [32]byte // what goes before the key, and is at most 16 bytes long
	before := appendVarint(append(middle[:0], attributes), timeDelta)
	before = appendVarint(before, int64(offsetDelta))

	length := len(before) + len(t.key) + varintLen(len(value)) + len(value) + varintLen(count) + len(t.headers) + len(own)
	dst = appendVarint(dst, int64(length))
	dst = append(dst, before...)
	dst = append(dst, t.key...)
	dst = appendVarint(dst, int64(len(value)))
	dst = append(dst, value...)
	dst = appendVarint(dst, int64(count))
	if t.id {
		binary.BigEndian.PutUint64(t.headers[idAt:], uint64(offset))
	}
	dst = append(dst, t.headers...)
	return append(dst, own...)
}

// maxOwnHeaders is room enough for all headers that a record has of its own.
const maxOwnHeaders = 64

// appendPieceHeader appends the header that says what a record is of its line.
func appendPieceHeader(dst []byte, piece inputs.Piece) []byte {
	key, value := HeaderSplit, piece.HeaderValue()
	if piece == inputs.PiecePartial {
		key, value = HeaderPartial, "1"
	}
	return appendOwnHeader(dst, key, value)
}

func appendOwnHeader(dst []byte, key, value string) []byte {
	dst = appendVarint(dst, int64(len(key)))
	dst = append(dst, key...)
	dst = appendVarint(dst, int64(len(value)))
	return append(dst, value...)
}
